// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/memory_answers.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace junctor::cp {
namespace {

using management::v1::MemoryUse;
using management::v1::Reply;
using management::v1::Request;

constexpr const char* kControl = "junctor-control";
constexpr const char* kDataplane = "junctor-dataplane";

MemoryUse& add_row(Reply& reply, const char* what, std::uint64_t bytes) {
  MemoryUse& row = *reply.add_memory();
  row.set_program(kControl);
  row.set_what(what);
  row.set_bytes(bytes);
  return row;
}

std::uint64_t size_of_file(const std::string& path) {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(path, none);
  return none ? 0 : size;
}

// Of what begins so, with its companions: journal.db, journal.db-wal.
std::uint64_t size_on_disk(const std::string& path) {
  std::uint64_t sum = 0;
  for (const char* suffix : {"", "-wal", "-shm"}) sum += size_of_file(path + suffix);
  return sum;
}

void add_records(Reply& reply, const std::string& folder) {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
    bytes += size_of_file(file.path());
    ++files;
  }
  if (files > 0) add_row(reply, "call record files, on disk", bytes).set_count(files);
}

Reply own_rows(const MemoryShown& shown) {
  Reply reply;
  const MemoryShown::Now now = shown.now();
  add_row(reply, "in all", now.in_use).set_limit_bytes(now.limit);
  MemoryUse& calls = add_row(reply, "calls", 0);
  calls.set_count(now.calls);
  calls.set_limit_count(now.max_calls);
  MemoryUse& trace = add_row(reply, "trace of SIP messages", shown.trace.bytes());
  trace.set_limit_bytes(shown.trace.max_bytes());
  trace.set_count(shown.trace.entries().size());
  add_row(reply, "journal, on disk", size_on_disk(shown.state_dir + "/journal.db"));
  add_records(reply, shown.state_dir + "/records");
  return reply;
}

void show_memory(const MemoryShown& shown, const Answers::OnReply& on_reply) {
  media::v1::GetStatistics what;
  what.set_memory(true);
  shown.media.get_statistics(what, [on_reply, reply = own_rows(shown)](auto statistics) mutable {
    if (!statistics) reply.add_notes("the dataplane is not connected");
    for (int i = 0; statistics && i < statistics->memory_size(); ++i) {
      const media::v1::MemoryUse& from = statistics->memory(i);
      MemoryUse& row = *reply.add_memory();
      row.set_program(kDataplane);
      row.set_what(from.what());
      row.set_bytes(from.bytes());
      row.set_limit_bytes(from.limit_bytes());
      row.set_count(from.count());
      row.set_limit_count(from.limit_count());
    }
    on_reply(std::move(reply));
  });
}

}  // namespace

void add_memory_answers(Answers& answers, MemoryShown shown) {
  answers.add_later(Request::kShowMemory, config::v1::VIEWER,
                    [shown = std::move(shown)](const Request&, const Answers::Asker&,
                                               const Answers::OnReply& on_reply) {
                      show_memory(shown, on_reply);
                    });
}

}  // namespace junctor::cp
