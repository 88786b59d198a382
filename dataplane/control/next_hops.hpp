// SPDX-License-Identifier: MIT
// NextHops: where frames to an address go, kept right while the network changes. What sessions and
// RTCP need of neighbours.hpp, apart so that both are tested without a kernel.
//
// Threads   the loop's.
// Lifetime  every acquire() is matched by one release().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "dataplane/core/plane.hpp"
#include "platform/base/address.hpp"
#include "platform/base/strong_id.hpp"

namespace junctor::dp {

// A pair of destination and source address; 0 is none.
using DestinationId = StrongId<struct DestinationIdTag, std::uint32_t>;
inline constexpr DestinationId kNoDestination{};

class NextHops {
 public:
  virtual ~NextHops() = default;
  // Counts a user. The first makes the destination be resolved, and watched from then on.
  virtual DestinationId acquire(const IpAddress& to, const IpAddress& from) = 0;
  virtual void release(DestinationId id) = 0;
  // None while it is not resolved.
  virtual std::optional<NextHop> get(DestinationId id) const = 0;
  // Called when get() has another answer than before; not from within acquire().
  virtual void set_on_change(std::function<void(DestinationId)> on_change) = 0;
};

}  // namespace junctor::dp
