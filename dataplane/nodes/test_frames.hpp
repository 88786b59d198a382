// SPDX-License-Identifier: MIT
// Frames for the tests of the nodes, built and checked octet by octet, apart from the code under
// test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/core/plane.hpp"

namespace junctor::dp::test {

using Frame = std::vector<std::uint8_t>;

inline constexpr MacAddress kGatewayMac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr MacAddress kPeerMac{0x02, 0, 0, 0, 0, 0x99};

struct Rtp {
  std::uint8_t first = 0x80;  // version, padding, extension, CSRC count
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 100;
  std::uint32_t timestamp = 16000;
  std::uint32_t ssrc = 0xabcd;
  std::size_t payload = 160;
};
Frame rtp(const Rtp& header);

struct Udp {
  std::string from = "10.0.1.2:4000";
  std::string to = "10.0.1.1:16384";
  Frame payload = rtp({});
  std::uint16_t vlan = 0;
  MacAddress mac = kGatewayMac;
  bool options = false;        // four octets of IPv4 options
  std::uint16_t fragment = 0;  // IPv4 flags and offset
  std::size_t padding = 0;     // octets after the IP packet
  enum class Checksum { Good, None, Partial } checksum = Checksum::Good;
};
Frame udp(const Udp& packet);

// "" if the Ethernet frame is well formed to the last octet: lengths, IPv4 and UDP checksum (none
// is allowed in IPv4); else what is wrong.
std::string flaw_of(const Frame& frame);

// What a frame of UDP says.
struct Seen {
  std::string from, to;
  std::uint16_t vlan = 0;
  MacAddress source{}, destination{};
  std::uint8_t traffic_class = 0, hop_limit = 0;
  std::uint16_t checksum = 0;
  Frame payload;

  std::uint8_t payload_type() const { return payload[1]; }  // with the marker
  std::uint16_t sequence() const;
  std::uint32_t timestamp() const;
  std::uint32_t ssrc() const;
};
Seen see(const Frame& frame);

}  // namespace junctor::dp::test
