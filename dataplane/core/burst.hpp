// SPDX-License-Identifier: MIT
// Burst: up to 64 packets with what the nodes before found out about each.
//
// Threads   belongs to one worker.
#pragma once

#include <array>
#include <cstdint>

struct rte_mbuf;

namespace junctor::dp {

inline constexpr unsigned kMaxBurst = 64;

// Offsets count from the start of the frame.
struct PacketState {
  enum class Kind : std::uint8_t { Other, V4, V6 };
  enum Flag : std::uint8_t {
    kRtcp = 1,
    kFragment = 2,
    kUdp = 4,
    kTcp = 8,
    kLocal = 16,
    kVoice = 32
  };

  std::uint32_t flow = 0;        // relay, and punted RTCP and voice
  std::uint16_t l3 = 0;          // IP header; of an untagged frame 14
  std::uint16_t l4 = 0;          // UDP or TCP header
  std::uint16_t udp_length = 0;  // header and payload
  std::uint16_t vlan = 0;
  Kind kind = Kind::Other;
  std::uint8_t flags = 0;
  std::uint8_t worker = 0;  // handed over to
};

struct Burst {
  unsigned count = 0;
  std::array<rte_mbuf*, kMaxBurst> packets;
  std::array<PacketState, kMaxBurst> state;

  // The state is returned to be completed: a change before the copy would hold the copy up.
  PacketState& push(rte_mbuf* packet, const PacketState& packet_state) {
    packets[count] = packet;
    state[count] = packet_state;
    return state[count++];
  }
};

}  // namespace junctor::dp
