// SPDX-License-Identifier: MIT
// LogCenter: the log of all programs in one place.
//
//   this program's lines, and the dataplane's --> LogRing --> syslog servers, who asks
//   set_debug() --> this program's log, and what the dataplane is told (on_debug)
//
// Threads   the control loop's; lines may be logged by any thread.
// Lifetime  hears this program's log from its making to its end.
// Errors    a part that nobody logs under is refused with a sentence.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/log/syslog_sender.hpp"
#include "media/v1/media.pb.h"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"
#include "platform/telemetry/debug_set.hpp"
#include "platform/telemetry/log_ring.hpp"

namespace junctor::cp {

class LogCenter {
 public:
  static constexpr std::size_t kMaxLines = 10'000;
  static constexpr std::size_t kMaxBytes = std::size_t{2} << 20;
  static constexpr std::uint32_t kMaxDebugSeconds = 3600;

  LogCenter(ipc::Loop& loop, CounterRegistry& registry);
  ~LogCenter();
  LogCenter(const LogCenter&) = delete;
  LogCenter& operator=(const LogCenter&) = delete;

  // Servers that stay keep their connection; a new one gets what is logged from now on, and after
  // the start of the program what was logged since.
  void set_servers(const config::v1::System& system);
  // Of syslog servers that nothing can be sent to, why.
  std::vector<std::string> complaints() const;
  void add_from_dataplane(const media::v1::LogLine& line);

  // Of one part, or of all ("all" or nothing); 0 seconds ends it.
  Result<void> set_debug(const std::string& category, std::uint32_t seconds,
                         const std::string& user);
  const DebugSet& debug() const { return debug_; }
  Nanoseconds now() const { return loop_.clock().now(); }
  // Is told what the dataplane should log in detail, now and with each change.
  void set_on_debug(std::function<void(const media::v1::SetDebug&)> on_debug);
  media::v1::SetDebug debug_of_dataplane() const;

  const LogRing& ring() const { return *ring_; }

 private:
  // What the listener needs, which may run on any thread.
  struct Wake {
    std::atomic<bool> is_wanted{false};  // there are servers
    std::atomic<bool> is_under_way{false};
    LogCenter* center = nullptr;  // of the loop's thread
  };
  void send();
  void apply_debug();
  void on_debug_due();

  // Given.
  ipc::Loop& loop_;
  CounterRegistry& registry_;
  std::function<void(const media::v1::SetDebug&)> on_debug_;
  // Owned.
  std::shared_ptr<LogRing> ring_;
  std::shared_ptr<Wake> wake_;
  std::vector<std::unique_ptr<SyslogSender>> senders_;
  ipc::HandlePtr debug_due_;
  // State.
  SyslogSender::Counts counts_{SyslogSender::kCounts};
  DebugSet debug_;
  std::string host_;
  bool had_servers_set_ = false;
};

}  // namespace junctor::cp
