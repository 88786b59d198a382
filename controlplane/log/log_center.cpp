// SPDX-License-Identifier: MIT
#include "controlplane/log/log_center.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "platform/config/log_level.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr const char* kProgram = "junctor-control";
constexpr const char* kDataplane = "junctor-dataplane";

std::vector<SyslogTarget> targets_of(const config::v1::System& system) {
  std::vector<SyslogTarget> targets;
  for (const config::v1::SyslogServer& server : system.syslog_servers()) {
    const auto ip = IpAddress::parse(server.address());
    if (!ip) continue;  // the configuration was validated
    targets.push_back({{*ip, static_cast<std::uint16_t>(server.port())},
                       server.transport() == config::v1::TCP,
                       config::log_level_of(server.level())});
  }
  return targets;
}

bool is_known(const std::string& category) {
  return category == DebugSet::kAll ||
         std::ranges::find(kLogCategories, category, &LogCategory::name) != kLogCategories.end();
}

}  // namespace

LogCenter::LogCenter(ipc::Loop& loop, CounterRegistry& registry)
    : loop_(loop),
      registry_(registry),
      ring_(std::make_shared<LogRing>(kMaxLines, kMaxBytes)),
      wake_(std::make_shared<Wake>()) {
  wake_->center = this;
  registry_.add("syslog", counts_.descriptions(), counts_.values());
  set_log_listener([ring = ring_, wake = wake_, &loop](const LogLine& line) {
    ring->add(kProgram, line);
    if (!wake->is_wanted || wake->is_under_way.exchange(true)) return;
    loop.post([wake] {
      wake->is_under_way = false;
      if (wake->center != nullptr) wake->center->send();
    });
  });
}

LogCenter::~LogCenter() {
  set_log_listener({});
  set_log_debug({});
  wake_->center = nullptr;
  registry_.remove(counts_.values());
}

void LogCenter::set_servers(const config::v1::System& system) {
  const std::vector<SyslogTarget> wanted = targets_of(system);
  const SyslogNames names{system.name(), std::to_string(getpid()), kProgram};
  const std::uint64_t after = std::exchange(had_servers_set_, true) ? ring_->newest() : 1;
  const bool is_renamed = std::exchange(host_, system.name()) != system.name();
  std::vector<std::unique_ptr<SyslogSender>> before = std::exchange(senders_, {});
  for (const SyslogTarget& target : wanted) {
    const auto known = std::ranges::find_if(before, [&target](const auto& sender) {
      return sender != nullptr && sender->target() == target;
    });
    if (known != before.end() && !is_renamed) {
      senders_.push_back(std::move(*known));
    } else {
      senders_.push_back(
          std::make_unique<SyslogSender>(loop_, *ring_, target, names, after, counts_));
    }
  }
  wake_->is_wanted = !senders_.empty();
}

std::vector<std::string> LogCenter::complaints() const {
  std::vector<std::string> all;
  for (const auto& sender : senders_)
    if (!sender->complaint().empty()) all.push_back(sender->complaint());
  return all;
}

void LogCenter::add_from_dataplane(const media::v1::LogLine& line) {
  ring_->add(kDataplane, {std::chrono::microseconds{line.unix_us()},
                          junctor::level_of(line.level()).value_or(LogLevel::Info), line.category(),
                          line.text()});
  send();
}

void LogCenter::send() {
  for (const auto& sender : senders_) sender->send();
}

Result<void> LogCenter::set_debug(const std::string& category, std::uint32_t seconds,
                                  const std::string& user) {
  const std::string part = category.empty() ? DebugSet::kAll : category;
  if (!is_known(part)) return Error{"", "no part of the gateway logs as " + part};
  if (seconds > kMaxDebugSeconds)
    return Error{"", "debug ends by itself after an hour at most; 3600 seconds, 60 minutes"};
  if (seconds == 0) {
    debug_.remove(part);
  } else {
    debug_.add({part, now() + Seconds{seconds}, user});
  }
  log_info("control", seconds == 0 ? "debug ends" : "debug begins",
           {{"part", part}, {"seconds", seconds}, {"user", user}});
  apply_debug();
  return {};
}

void LogCenter::apply_debug() {
  set_log_debug(debug_.what());
  debug_due_.reset();
  if (const auto due = debug_.next_due()) {
    debug_due_ = loop_.after(std::max(*due - now(), Nanoseconds{0}), [this] { on_debug_due(); });
  }
  if (on_debug_) on_debug_(debug_of_dataplane());
}

void LogCenter::on_debug_due() {
  if (debug_.expire(now())) log_info("control", "debug ends, as its time is over");
  apply_debug();
}

void LogCenter::set_on_debug(std::function<void(const media::v1::SetDebug&)> on_debug) {
  on_debug_ = std::move(on_debug);
}

// The dataplane is told with each change. Should this program die meanwhile, it ends all of it when
// the last of it would have ended.
media::v1::SetDebug LogCenter::debug_of_dataplane() const {
  media::v1::SetDebug out;
  const LogDebug what = debug_.what();
  out.set_all(what.all);
  for (const std::string& category : what.categories) out.add_categories(category);
  if (const auto due = debug_.last_due()) {
    const Nanoseconds left = std::max(*due - now(), Nanoseconds{0});
    out.set_seconds(static_cast<std::uint32_t>(std::chrono::ceil<Seconds>(left).count()));
  }
  return out;
}

}  // namespace junctor::cp
