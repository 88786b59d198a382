// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/log_answers.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr std::uint32_t kDefaultLines = 100;
constexpr int kMaxPassing = 1'000;  // in one answer to who follows

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return part.empty() ||
         std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

management::v1::LogLine row_of(const LogRing::Entry& entry) {
  management::v1::LogLine row;
  row.set_sequence(entry.sequence);
  row.set_unix_us(static_cast<std::uint64_t>(entry.line.wall / std::chrono::microseconds{1}));
  row.set_program(entry.program);
  row.set_level(std::string(level_name(entry.line.level)));
  row.set_text(entry.line.category + ": " + entry.line.text);
  return row;
}

void show_log(const LogRing& ring, const management::v1::ShowLog& what, Reply& reply) {
  const std::optional<LogLevel> least = level_of(what.level());
  if (!what.level().empty() && !least) return reply.set_error("there is no level " + what.level());
  const auto take = [&](const LogRing::Entry& entry) {
    if (entry.line.level < least.value_or(LogLevel::Debug)) return;
    management::v1::LogLine row = row_of(entry);
    if (contains(row.text(), what.contains())) reply.add_log()->Swap(&row);
  };
  if (what.after() != 0) {
    reply.set_newest(ring.newest());
    return ring.visit_after(what.after(), [&](const LogRing::Entry& entry) {
      take(entry);
      reply.set_newest(entry.sequence);
      return reply.log_size() < kMaxPassing;
    });
  }
  const std::uint32_t wanted = what.last() == 0 ? kDefaultLines : what.last();
  ring.visit_backwards([&](const LogRing::Entry& entry) {
    take(entry);
    return static_cast<std::uint32_t>(reply.log_size()) < wanted;
  });
  std::reverse(reply.mutable_log()->pointer_begin(), reply.mutable_log()->pointer_end());
}

void show_debug(const LogCenter& log, Reply& reply) {
  for (const DebugSet::One& one : log.debug().list()) {
    management::v1::DebugState& row = *reply.add_debug();
    row.set_category(one.category);
    row.set_user(one.user);
    const Nanoseconds left = std::max(one.until - log.now(), Nanoseconds{0});
    row.set_left_s(static_cast<std::uint32_t>(std::chrono::ceil<Seconds>(left).count()));
  }
}

}  // namespace

void add_log_answers(Answers& answers, LogCenter& log) {
  using Asker = Answers::Asker;
  answers.add(Request::kShowLog, config::v1::VIEWER,
              [&log](const Request& request, const Asker&, Reply& reply) {
                show_log(log.ring(), request.show_log(), reply);
              });
  answers.add(Request::kShowDebug, config::v1::VIEWER,
              [&log](const Request&, const Asker&, Reply& reply) { show_debug(log, reply); });
  answers.add(Request::kSetDebug, config::v1::OPERATOR,
              [&log](const Request& request, const Asker& asker, Reply& reply) {
                const auto& what = request.set_debug();
                const auto done = log.set_debug(what.category(), what.seconds(), asker.user);
                if (!done) return reply.set_error(done.error().message);
                show_debug(log, reply);
              });
}

}  // namespace junctor::cp
