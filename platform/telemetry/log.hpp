// SPDX-License-Identifier: MIT
// Log: structured lines with a level and a category, rate-limited per place, to stderr (journald
// reads it).
//
//   log_warning("trunk", "peer does not answer", {{"trunk", name}, {"peer", address}});
//   -> <4>trunk: peer does not answer trunk=pbx peer=192.0.2.1:5060
//
// The syslog prefix <N> is written when stderr is journald's (JOURNAL_STREAM); else time and level
// are. Values with spaces, quotes or control characters are quoted and escaped: a peer cannot forge
// a line.
//
// Threads   any thread but a dataplane worker; lines of different threads do not mix.
// Errors    never fails; a place (category and message) that logs more than 10 lines in a second is
//           cut, and says how many were left out when it may speak again.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace junctor {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

// One key=value of a line.
struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <typename Number>
  requires std::is_arithmetic_v<Number> LogField(std::string_view k, Number v)
      : key(k), value(std::to_string(v)) {}
};
using LogFields = std::initializer_list<LogField>;

void set_log_level(LogLevel least);
bool is_logged(LogLevel level);

void log_debug(std::string_view category, std::string_view message, LogFields fields = {});
void log_info(std::string_view category, std::string_view message, LogFields fields = {});
void log_warning(std::string_view category, std::string_view message, LogFields fields = {});
void log_error(std::string_view category, std::string_view message, LogFields fields = {});

}  // namespace junctor
