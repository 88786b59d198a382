// SPDX-License-Identifier: MIT
// A HEP3 packet, as Homer, Kamailio and Wireshark read it: a list of chunks.
//
//   "HEP3" length | vendor 0, type, length, value | vendor 0, type, length, value | ...
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/address.hpp"
#include "platform/base/clock.hpp"

namespace junctor::cp {

// What a payload is (chunk 0x000b).
enum class HepProtocol : std::uint8_t { Sip = 1, QualityReport = 35 };

struct HepPacket {
  HepProtocol protocol = HepProtocol::Sip;
  bool is_tcp = false;  // how the payload was transported
  SocketAddress source;
  SocketAddress destination;
  Nanoseconds wall{0};
  std::uint32_t capture_id = 0;
  std::string_view password;     // empty: no chunk
  std::string_view correlation;  // empty: no chunk
  std::string_view payload;
};

// The largest packet that fits a UDP datagram of IPv4; a payload that does not fit is cut.
inline constexpr std::size_t kMaxHepPacket = 65507;

// The whole packet. Source and destination are of one family.
std::string encode(const HepPacket& packet);

}  // namespace junctor::cp
