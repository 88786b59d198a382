// SPDX-License-Identifier: MIT
// transmit: puts frames into the outbox of their port (mbuf->port), which the worker sends after
// the burst.
//
//   rtp_relay --> [transmit] --> outbox --> device, or the worker that owns the port's queue
#pragma once

#include <array>

#include "dataplane/core/node.hpp"

namespace junctor::dp {

class Transmit final : public Node {
 public:
  enum Drop : unsigned { kQueueFull, kDropCount };
  static constexpr std::array<CounterDesc, kDropCount> kCounters{{
      {"queue_full", Severity::Error, "frame not sent, the port does not take what is offered"},
  }};

  const NodeDesc& desc() const noexcept override;
  void process(Context& ctx, Burst& burst) noexcept override;
};

}  // namespace junctor::dp
