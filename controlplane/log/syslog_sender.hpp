// SPDX-License-Identifier: MIT
// SyslogSender: passes the lines of a ring on to one syslog server, by UDP (RFC 5426) or TCP with
// octet counting (RFC 6587).
//
//   LogRing --lines after the last one sent--> [ SyslogSender ] --datagram or frame--> server
//
// The ring is the queue: a server that is away is tried again after 1 s, 2 s, ... 60 s, and gets what
// the ring still has.
//
// Threads   the control loop's; nothing blocks.
// Lifetime  what is given outlives it.
// Errors    counted; what made place in the ring before it could be sent is lost, and counted.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "controlplane/log/syslog_message.hpp"
#include "platform/base/address.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"
#include "platform/telemetry/log_ring.hpp"

namespace junctor::cp {

struct SyslogTarget {
  SocketAddress address;
  bool is_tcp = false;
  LogLevel least = LogLevel::Info;
  friend bool operator==(const SyslogTarget&, const SyslogTarget&) = default;
};

class SyslogSender {
 public:
  enum Count : std::uint8_t { kSent, kLost, kConnected, kFailed, kCountCount };
  static const std::array<CounterDesc, kCountCount> kCounts;
  using Counts = CounterSet<kCountCount>;

  // Sends what comes after that line.
  SyslogSender(ipc::Loop& loop, const LogRing& ring, SyslogTarget target, SyslogNames names,
               std::uint64_t after, Counts& counts);
  ~SyslogSender();
  SyslogSender(const SyslogSender&) = delete;
  SyslogSender& operator=(const SyslogSender&) = delete;

  const SyslogTarget& target() const { return target_; }
  // Why nothing can be sent now; empty if it can, or was not tried to its end.
  const std::string& complaint() const { return complaint_; }
  // There may be new lines.
  void send();

 private:
  enum class State : std::uint8_t { Idle, Connecting, Connected };

  void open();
  void on_ready(std::uint8_t ready);
  void on_connected();
  void fail(const std::string& reason);
  void watch();
  void take_lines();
  bool write_one();
  bool has_hung_up() const;

  // Given.
  ipc::Loop& loop_;
  const LogRing& ring_;
  const SyslogTarget target_;
  const SyslogNames names_;
  Counts& counts_;
  // State.
  std::uint64_t taken_;           // the last line of the ring that was looked at
  std::deque<std::string> open_;  // messages that are not sent
  std::size_t written_ = 0;       // of the first of them
  State state_ = State::Idle;
  Nanoseconds pause_;
  std::string complaint_;  // said so
  int fd_ = -1;
  // Owned.
  ipc::HandlePtr watch_;
  bool is_watching_write_ = false;
  ipc::HandlePtr again_;
};

}  // namespace junctor::cp
