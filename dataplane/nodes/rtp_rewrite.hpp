// SPDX-License-Identifier: MIT
// The new headers of a relayed packet, from the flow's template: Ethernet with or without a tag,
// IPv4 or IPv6, UDP, and what changes in RTP. They are built backwards from the UDP header, so that
// tags, IP options and the families of the two sides need no case of their own.
//
//   | old Ethernet, IP | UDP | RTP ...          |
//        | new Ethernet, IP | UDP | RTP ...     |   the payload stays where it is
//
// Threads   pure, on one packet.
#pragma once

#include <cstdint>

#include "dataplane/core/burst.hpp"
#include "dataplane/core/flow_store.hpp"

namespace junctor::dp {

struct RtpOut {
  std::uint16_t sequence;
  std::uint32_t timestamp;
  std::uint8_t payload_type;
};

// False: no room in front of the packet, which is unchanged then.
bool rewrite(rte_mbuf* packet, const PacketState& state, const FlowHead& head,
             const FlowStore& flows, const RtpOut& out);

}  // namespace junctor::dp
