// SPDX-License-Identifier: MIT
// handover: gives packets that arrived on another worker's queue to the worker that owns their
// flow, which classifies them as if it had received them.
//
//   rtp_classify --> [handover] --> ring to the other worker
#pragma once

#include <array>

#include "dataplane/core/node.hpp"

namespace junctor::dp {

class Handover final : public Node {
 public:
  enum Counter : unsigned { kRingFull, kHandedOver, kCounterCount };
  static constexpr std::array<CounterDesc, kCounterCount> kCounters{{
      {"ring_full", Severity::Error, "packet not handed to its worker, ring full"},
      {"handed_over", Severity::Info, "packet handed to the worker that owns its flow"},
  }};

  const NodeDesc& desc() const noexcept override;
  void process(Context& ctx, Burst& burst) noexcept override;
};

}  // namespace junctor::dp
