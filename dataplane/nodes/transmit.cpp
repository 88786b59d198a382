// SPDX-License-Identifier: MIT
#include "dataplane/nodes/transmit.hpp"

#include "dataplane/core/context.hpp"

namespace junctor::dp {

const NodeDesc& Transmit::desc() const noexcept {
  static constexpr NodeDesc kDesc{"transmit", {}, kCounters};
  return kDesc;
}

void Transmit::process(Context& ctx, Burst& burst) noexcept {
  for (unsigned i = 0; i < burst.count; ++i) {
    rte_mbuf* packet = burst.packets[i];
    if (!ctx.send(packet->port, packet)) ctx.drop(packet, kQueueFull);
  }
}

}  // namespace junctor::dp
