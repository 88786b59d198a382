// SPDX-License-Identifier: MIT
#include "platform/cli/units.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "platform/base/address.hpp"

namespace junctor::cli {
namespace {

template <typename... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), pattern, arguments...);
  return buffer.data();
}

}  // namespace

std::string duration_text(std::uint64_t ms) {
  const unsigned long long seconds = ms / 1000;
  if (seconds < 3600) return format("%llu:%02llu", seconds / 60, seconds % 60);
  return format("%llu:%02llu:%02llu", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string time_text(std::uint64_t unix_ms) {
  if (unix_ms == 0) return "";
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "";
  std::array<char, 64> buffer;
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S", &utc);
  return {buffer.data(), length};
}

std::optional<std::int64_t> time_of(std::string_view date, std::string_view time) {
  // strptime(3) would take blanks, signs and fewer digits as well.
  constexpr std::string_view kDigits = "0123456789";
  const auto has_form = [&](std::string_view text, std::string_view form) {
    return std::ranges::equal(text, form, [&](char c, char f) {
      return f == '0' ? kDigits.find(c) != std::string_view::npos : c == f;
    });
  };
  std::string text(time);
  if (has_form(text, "00:00")) text += ":00";
  if (!has_form(date, "0000-00-00") || !has_form(text, "00:00:00")) return std::nullopt;
  text = std::string(date) + " " + text;
  std::tm utc{};
  if (strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &utc) == nullptr) return std::nullopt;
  const std::tm asked = utc;
  const std::int64_t seconds = timegm(&utc);  // which makes 2026-03-02 of 2026-02-30
  if (utc.tm_mday != asked.tm_mday || utc.tm_sec != asked.tm_sec) return std::nullopt;
  return seconds;
}

std::string milliseconds_text(std::uint64_t us) {
  return format("%.1f", static_cast<double>(us) / 1000);
}

std::string hundredths_text(std::uint64_t x100) {
  return format("%.2f", static_cast<double>(x100) / 100);
}

std::string percent_text(double share) { return format("%.1f %%", share * 100); }

std::string octets_text(std::uint64_t octets) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (octets < 1000) return std::to_string(octets) + " B";
  auto value = static_cast<double>(octets);
  std::size_t unit = 0;
  while (value >= 999.95) {
    value /= 1000;
    ++unit;
  }
  return format("%.1f %s", value, kUnits[unit]);
}

std::string ip_text(const std::string& octets) {
  return IpAddress::from_bytes(as_bytes(octets)).text();
}

std::string address_text(const media::v1::SocketAddress& address) {
  const IpAddress ip = IpAddress::from_bytes(as_bytes(address.ip()));
  if (!ip) return "";
  return ip.uri_text() + ":" + std::to_string(address.port());
}

}  // namespace junctor::cli
