// SPDX-License-Identifier: MIT
// A line of the log as a syslog message (RFC 5424, section 6):
//
//   <134>1 2026-01-31T12:00:00.123456Z junctor junctor-control 4711 trunk - peer is up trunk=pbx
//
// The facility is local0, the MSGID the part that logs. There is no structured data, as it would
// need an enterprise number of our own: what a line says is in its text, as key=value.
//
// Threads   pure functions.
#pragma once

#include <string>
#include <string_view>

#include "platform/telemetry/log_ring.hpp"

namespace junctor::cp {

// What a receiver need not cut (RFC 5424, section 6.1; RFC 5426, section 3.2).
inline constexpr std::size_t kMaxSyslogBytes = 2048;

struct SyslogNames {
  std::string host;     // HOSTNAME; empty: not known
  std::string process;  // PROCID of this program; empty: not known
  std::string program;  // that the process is of
};
std::string syslog_message(const LogRing::Entry& entry, const SyslogNames& names);
// With its length before it, for a stream (RFC 6587, section 3.4.1).
std::string octet_counted(std::string_view message);

}  // namespace junctor::cp
