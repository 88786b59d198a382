// SPDX-License-Identifier: MIT
// Figures as people read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "media/v1/media.pb.h"

namespace junctor::cli {

std::string duration_text(std::uint64_t ms);   // "0:07", "12:34", "1:02:03"
std::string time_text(std::uint64_t unix_ms);  // "2026-01-31 12:00:00", UTC; "" for 0
// What time_text() makes, in two words; the seconds may be left out. Since 1970, UTC; nothing if it is no such time.
std::optional<std::int64_t> time_of(std::string_view date, std::string_view time);
std::string milliseconds_text(std::uint64_t us);  // "0.3", "12.5"
std::string hundredths_text(std::uint64_t x100);  // "4.41"
std::string percent_text(double share);           // 0.013 -> "1.3 %"
std::string octets_text(std::uint64_t octets);    // "512 B", "1.2 MB"
std::string address_text(
    const media::v1::SocketAddress& address);    // "192.0.2.1:4000", "" if absent
std::string ip_text(const std::string& octets);  // 4 or 16 octets; "" for others

}  // namespace junctor::cli
