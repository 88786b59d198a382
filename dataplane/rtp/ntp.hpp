// SPDX-License-Identifier: MIT
// NTP timestamps as RTCP uses them (RFC 3550, section 4), and the round trip from them (section
// 6.4.1).
//
//   64 bits: | seconds since 1900 | fraction |      "middle 32": the low half of the seconds, the
//   high of the fraction
//
// Threads   pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "platform/base/clock.hpp"

namespace junctor::dp {

inline constexpr std::uint64_t kNtpEpochSeconds = 2'208'988'800;  // 1900 to 1970

// From time since 1970.
constexpr std::uint64_t ntp_time(Nanoseconds wall) {
  const auto ns = static_cast<std::uint64_t>(wall.count());
  const std::uint64_t seconds = ns / 1'000'000'000 + kNtpEpochSeconds;
  const std::uint64_t fraction = ((ns % 1'000'000'000) << 32) / 1'000'000'000;
  return seconds << 32 | fraction;
}
constexpr std::uint32_t ntp_middle(std::uint64_t ntp) {
  return static_cast<std::uint32_t>(ntp >> 16);
}
// A duration in units of 1/65536 s, and back; as DLSR is.
constexpr std::uint32_t ntp_short(Nanoseconds duration) {
  const auto us = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count() / 1000);
  return static_cast<std::uint32_t>((us << 16) / 1'000'000);
}
constexpr Nanoseconds ntp_duration(std::uint32_t short_time) {
  return Nanoseconds{
      static_cast<std::int64_t>((static_cast<std::uint64_t>(short_time) * 1'000'000'000) >> 16)};
}

// The round trip from a reception report that arrived at `arrival` (middle 32 bits of our clock).
// None if the peer has seen no sender report of ours, or the figures cannot be true (above 30 s, or
// less than no time by more than the rounding of both ends).
constexpr std::optional<Nanoseconds> round_trip(std::uint32_t arrival, std::uint32_t lsr,
                                                std::uint32_t dlsr) {
  if (lsr == 0) return std::nullopt;
  const std::uint32_t trip = arrival - lsr - dlsr;
  if (trip >= 0xffff'ff00) return Nanoseconds{0};  // under 4 ms of rounding
  if (trip > 30U << 16) return std::nullopt;
  return ntp_duration(trip);
}

}  // namespace junctor::dp
