// SPDX-License-Identifier: MIT
// Builds the Ethernet frame of one UDP datagram, IPv4 or IPv6, with both checksums.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/core/plane.hpp"
#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"

namespace junctor::dp {

inline constexpr std::size_t kMaxFrameHeaders = 14 + 40 + 8;

struct Datagram {
  SocketAddress from;
  SocketAddress to;  // of the same family
  std::uint8_t dscp = 0;
  Bytes payload;
};

// Writes it untagged; returns its length, 0 if out is too small.
std::size_t build_frame(const NextHop& hop, const Datagram& datagram, MutableBytes out);

// The one's complement sum of RFC 1071, not yet complemented.
std::uint32_t checksum_add(std::uint32_t sum, Bytes bytes);
std::uint16_t checksum_finish(std::uint32_t sum);

}  // namespace junctor::dp
