// SPDX-License-Identifier: MIT
// The commands about the log, and LogMonitor: lines of the log as notices between what is typed.
//
//   timer, each second --> ShowLog{after} --> notices (console::Language::on_watch)
//
// Threads   the session's.
// Lifetime  the link outlives both; a monitor outlives the rows made with it.
// Errors    a gateway that does not answer shows nothing, and is asked again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/cli/commands.hpp"
#include "platform/cli/units.hpp"

namespace junctor::cli {

class LogMonitor {
 public:
  explicit LogMonitor(const GatewayLink& link);
  ~LogMonitor();
  LogMonitor(const LogMonitor&) = delete;
  LogMonitor& operator=(const LogMonitor&) = delete;

  Result<void> start();  // with what is logged from now on
  void stop();
  int fd() const { return fd_; }  // can be read when notices() should be asked; -1: never
  std::vector<std::string> notices();

 private:
  const GatewayLink& link_;
  int fd_ = -1;
  std::uint64_t after_ = 0;
};

std::vector<CommandRow> log_commands(const GatewayLink& link, LogMonitor& monitor);

// "2026-01-31 12:00:00.123 warning trunk: peer is down trunk=pbx"
std::string log_text(const management::v1::LogLine& line);

}  // namespace junctor::cli
