// SPDX-License-Identifier: MIT
// TscClock: nanoseconds from the processor's time stamp counter; Plane::now() and all times of
// flows.
//
// Threads   any; a plain value.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

#include "dataplane/core/wide.hpp"

namespace junctor::dp {

class TscClock {
 public:
  explicit TscClock(std::uint64_t hertz)
      : start_(rte_rdtsc()),
        ns_per_tick_x32_(
            static_cast<std::uint64_t>((static_cast<Wide>(1'000'000'000) << 32) / hertz)) {}

  // Starts at one second, so that 0 is never.
  std::uint64_t ns(std::uint64_t ticks) const {
    return 1'000'000'000 +
           static_cast<std::uint64_t>(static_cast<Wide>(ticks - start_) * ns_per_tick_x32_ >> 32);
  }
  std::uint64_t now_ns() const { return ns(rte_rdtsc()); }

 private:
  std::uint64_t start_;
  std::uint64_t ns_per_tick_x32_;
};

}  // namespace junctor::dp
