// SPDX-License-Identifier: MIT
// TrunkCounts: what came of the calls of a trunk, since the start of the process, for those who draw
// it over time (controlplane/metrics).
//
// Threads   a plain value of the control loop's.
// Lifetime  shared by a trunk and those that replace it under its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace junctor::cp {

// One direction: calls that came from the trunk, or attempts that went to it.
struct TrunkFlow {
  // Peers choose what they answer: beyond so many statuses one counts as the x00 of its class, as
  // which it would be understood anyway (RFC 3261, section 8.1.3.2).
  static constexpr std::size_t kMaxStatuses = 64;

  void fail(std::uint16_t status) {
    if (!failed.contains(status) && failed.size() >= kMaxStatuses)
      status = static_cast<std::uint16_t>(status / 100 * 100);
    ++failed[status];
  }

  std::uint64_t answered = 0;
  std::map<std::uint16_t, std::uint64_t> failed;  // by SIP status
};

struct TrunkCounts {
  TrunkFlow in;
  TrunkFlow out;
};

}  // namespace junctor::cp
