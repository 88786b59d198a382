// SPDX-License-Identifier: MIT
// Where a flow's packets may come from: learned once, then locked (RTP bleed, CVE-2017-14099).
//
//   unlocked --- packet from the signalled address -----------------------------> locked
//            --- kProbation packets from one other address, may_learn ----------> locked to other
//   locked to other --- packet from the signalled address ---------------------> locked
//   both     --- update with a greater learn ----------------------------------> unlocked
//
// So whoever sends before the peer does has the stream only until the peer speaks from where it
// said it would; a peer behind NAT, which never does, is still heard.
//
// Threads   the worker that owns the flow.
#pragma once

#include <cstdint>

#include "dataplane/core/burst.hpp"
#include "dataplane/core/context.hpp"
#include "dataplane/core/flow.hpp"
#include "dataplane/core/wire.hpp"

namespace junctor::dp {

// Whether the flow is locked to the source of this packet.
inline bool is_locked_source(const FlowHead& head, const FlowRare& rare, const std::uint8_t* frame,
                             const PacketState& state) {
  const std::uint8_t flags = head.flags.get();
  if ((flags & FlowHead::kLocked) == 0) return false;
  if (head.source_port.get() != wire::get<std::uint16_t>(frame + state.l4)) return false;
  if (state.kind == PacketState::Kind::V4)
    return (flags & FlowHead::kSourceV6) == 0 &&
           head.source_v4.get() == wire::get<std::uint32_t>(frame + state.l3 + 12);
  return (flags & FlowHead::kSourceV6) != 0 &&
         rare.source[0].get() == wire::get<std::uint64_t>(frame + state.l3 + 8) &&
         rare.source[1].get() == wire::get<std::uint64_t>(frame + state.l3 + 16);
}

// For a packet that is_locked_source() is not true of. Whether it is taken.
bool learn_source(Context& ctx, std::uint32_t flow, const std::uint8_t* frame,
                  const PacketState& state);

}  // namespace junctor::dp
