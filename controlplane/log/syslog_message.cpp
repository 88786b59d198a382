// SPDX-License-Identifier: MIT
#include "controlplane/log/syslog_message.hpp"

#include <ctime>

#include <cstdio>

namespace junctor::cp {
namespace {

constexpr int kLocal0 = 16;  // RFC 5424, section 6.2.1

// PRINTUSASCII, so many at most; "-" for nothing (section 6).
std::string field(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : text.substr(0, longest)) out += c > 32 && c < 127 ? c : '_';
  return out.empty() ? "-" : out;
}

std::string timestamp(Nanoseconds wall) {
  const auto us = wall / std::chrono::microseconds{1};
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char time[32];
  const std::size_t length = std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06uZ", static_cast<unsigned>(us % 1'000'000));
  return std::string(time, length) + fraction;
}

// Not within a character of UTF-8.
void cut(std::string& text, std::size_t longest) {
  if (text.size() <= longest) return;
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0) == 0x80) --longest;
  text.resize(longest);
}

}  // namespace

std::string syslog_message(const LogRing::Entry& entry, const SyslogNames& names) {
  const int priority = kLocal0 * 8 + syslog_severity(entry.line.level);
  const bool is_ours = entry.program == names.program;
  std::string out = "<" + std::to_string(priority) + ">1 " + timestamp(entry.line.wall) + " " +
                    field(names.host, 255) + " " + field(entry.program, 48) + " " +
                    field(is_ours ? names.process : "", 128) + " " +
                    field(entry.line.category, 32) + " - " + entry.line.text;
  cut(out, kMaxSyslogBytes);
  return out;
}

std::string octet_counted(std::string_view message) {
  return std::to_string(message.size()) + " " + std::string(message);
}

}  // namespace junctor::cp
