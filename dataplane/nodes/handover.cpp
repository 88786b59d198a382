// SPDX-License-Identifier: MIT
#include "dataplane/nodes/handover.hpp"

#include "dataplane/core/context.hpp"

namespace junctor::dp {

const NodeDesc& Handover::desc() const noexcept {
  static constexpr NodeDesc kDesc{"handover", {}, kCounters};
  return kDesc;
}

void Handover::process(Context& ctx, Burst& burst) noexcept {
  for (unsigned i = 0; i < burst.count; ++i) {
    if (ctx.hand_over(burst.state[i].worker, burst.packets[i]))
      ctx.count(kHandedOver);
    else
      ctx.drop(burst.packets[i], kRingFull);
  }
}

}  // namespace junctor::dp
