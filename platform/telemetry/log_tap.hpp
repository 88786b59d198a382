// SPDX-License-Identifier: MIT
// LogTap: what a program does with its log beside writing it: hears the lines, and asks for details
// of some parts for a while.
//
//   log_*() --level, debug, rate--> LogWriter --> stderr
//                                             `-> listener (a LogRing, the other plane)
//
// Threads   any. The listener runs on the thread that logs.
// Lifetime  the process's; a listener is taken away before what it needs is gone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor {

// A line as it was written.
struct LogLine {
  Nanoseconds wall{0};
  LogLevel level = LogLevel::Info;
  std::string category;
  std::string text;  // "peer does not answer trunk=pbx"; safe to print
};

// Which debug lines are written whatever the level is.
struct LogDebug {
  bool all = false;
  std::set<std::string, std::less<>> categories;
};

std::string_view level_name(LogLevel level);  // "debug", "info", "warning", "error"
std::optional<LogLevel> level_of(std::string_view name);
int syslog_severity(LogLevel level);  // RFC 5424, section 6.2.1

// Hears each line that is written, one at a time: it must be quick, and not log. Empty: nobody.
void set_log_listener(std::function<void(const LogLine& line)> listener);
// In place of what was asked for before.
void set_log_debug(LogDebug debug);

// The parts that log: what stands before the colon of a line.
struct LogCategory {
  std::string_view name;
  std::string_view help;
};
inline constexpr std::array<LogCategory, 24> kLogCategories{{
    {"appliance", "the machine: restarts, what was asked of it"},
    {"b2bua", "calls: where they go, the states of their legs"},
    {"board", "ports, memory and cores of the machine"},
    {"capture", "captures of packets"},
    {"config", "commits, and what a configuration changed"},
    {"control", "junctor-control: start, stop, limits"},
    {"dataplane", "junctor-dataplane: start, stop"},
    {"dpdk", "what DPDK and its drivers say"},
    {"gate", "whether the version that runs is declared good"},
    {"hep", "what is sent to a Homer server"},
    {"journal", "the file of calls and records"},
    {"leds", "what the lamps of the machine show"},
    {"login", "who logs in, and who fails to"},
    {"media", "sessions and sources of voice, on both sides"},
    {"metrics", "the figures for Prometheus"},
    {"mgmt", "the management socket"},
    {"network", "kernel interfaces, addresses, neighbours"},
    {"port", "the Ethernet ports"},
    {"records", "files of call records"},
    {"sip", "messages received and sent"},
    {"syslog", "syslog servers that the log is sent to"},
    {"system", "the machine's own settings: name, DNS, NTP"},
    {"trunk", "peers, and whether they answer"},
    {"upgrade", "new versions of the firmware"},
}};

}  // namespace junctor
