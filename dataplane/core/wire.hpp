// SPDX-License-Identifier: MIT
// Words of packets as they are in memory, and the Internet checksum over them (RFC 1071).
//
// A one's complement sum does not care for byte order or for the width of what is added, so all of
// it is done on 32-bit words in the machine's own order; only the result is put back as 16 bits.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace junctor::dp::wire {

static_assert(std::endian::native == std::endian::little);

template <std::unsigned_integral T>
T get(const std::uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
template <std::unsigned_integral T>
void put(std::uint8_t* p, T value) {
  std::memcpy(p, &value, sizeof value);
}

constexpr std::uint16_t swap(std::uint16_t v) { return __builtin_bswap16(v); }
constexpr std::uint32_t swap(std::uint32_t v) { return __builtin_bswap32(v); }

constexpr std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// Sum of n octets; an odd last one counts as if a zero followed.
inline std::uint64_t sum(const std::uint8_t* p, std::size_t n) {
  std::uint64_t total = 0;
  for (; n >= 4; p += 4, n -= 4) total += get<std::uint32_t>(p);
  if (n >= 2) {
    total += get<std::uint16_t>(p);
    p += 2;
    n -= 2;
  }
  if (n == 1) total += *p;
  return total;
}
inline std::uint64_t sum16(const std::uint8_t* p) {
  return static_cast<std::uint64_t>(get<std::uint32_t>(p)) + get<std::uint32_t>(p + 4) +
         get<std::uint32_t>(p + 8) + get<std::uint32_t>(p + 12);
}

inline constexpr std::uint16_t kEtherIp4 = swap(std::uint16_t{0x0800});
inline constexpr std::uint16_t kEtherIp6 = swap(std::uint16_t{0x86dd});
inline constexpr std::uint16_t kEtherVlan = swap(std::uint16_t{0x8100});
inline constexpr std::uint8_t kProtoTcp = 6, kProtoUdp = 17, kProtoFragment6 = 44;
inline constexpr unsigned kEtherHeader = 14, kVlanTag = 4, kIp4Header = 20, kIp6Header = 40,
                          kUdpHeader = 8, kRtpHeader = 12;

// Of the IPv4 headers that are sent; RFC 6864: such a packet is atomic, and its identification says
// nothing.
inline constexpr std::uint16_t kDontFragment = swap(std::uint16_t{0x4000});
inline constexpr std::uint8_t kHopLimit = 64;

}  // namespace junctor::dp::wire
