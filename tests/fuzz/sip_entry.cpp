// SPDX-License-Identifier: MIT
// Bytes from the network through the raw checks and Sofia's parser into our messages, and back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controlplane/sip/entry.hpp"
#include "controlplane/sip/raw_message.hpp"
#include "controlplane/sip/stream_splitter.hpp"

using namespace junctor;

namespace {

// Where a stream is cut into pieces makes no difference to its messages, and none exceeds the limit.
void split(const std::string& bytes) {
  constexpr std::size_t kLimit = 4096;
  std::string all[2];
  std::size_t pings[2] = {};
  for (const std::size_t pieces : {std::size_t{1}, std::size_t{3}}) {
    const std::size_t which = pieces == 1 ? 0 : 1;
    cp::StreamSplitter splitter;
    const std::size_t step = bytes.size() / pieces + 1;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      pings[which] += splitter.feed(std::string_view(bytes).substr(at, step), kLimit,
                                    [&](std::string_view message) {
                                      if (message.size() > kLimit) std::abort();
                                      all[which] += message;
                                    });
    }
  }
  if (all[0] != all[1] || pings[0] != pings[1]) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16384) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const SocketAddress source = *SocketAddress::parse("192.0.2.1:5060");
  const cp::RawVerdict verdict = cp::raw_check(bytes);
  if (verdict.kind == cp::RawVerdict::Kind::Refuse) {
    (void)cp::raw_answer(bytes, source, verdict.status, verdict.phrase, "Junctor");
    (void)cp::raw_answer_to(bytes, source);
  }
  (void)cp::summarize(bytes);
  split(bytes);
  // As the wire does before the parser.
  cp::replace_nuls(bytes.data(), std::min(bytes.find("\r\n\r\n"), bytes.size()));
  cp::fix_via(bytes.data(), bytes.size(), "UDP");
  const auto entry = cp::read_message(bytes);
  if (!entry) return 0;
  const std::string written = cp::write_message(entry->message);
  if (written.empty()) return 0;
  // What we write has one head: nothing in a field may end it early.
  if (written.find("\r\n\r\n") + 4 + entry->message.body().size() != written.size()) std::abort();
  return 0;
}
