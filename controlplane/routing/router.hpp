// SPDX-License-Identifier: MIT
// Router: which trunks take a call. Ordered routes by trunk and called number; the first that fits is taken, its trunks are
// tried in order.
//
// Threads   the control loop's; route() changes nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/routing/trunk.hpp"
#include "platform/base/result.hpp"
#include "platform/config/number_pattern.hpp"

namespace junctor::cp {

// One attempt: a peer of a trunk, and the number to ask for there.
struct RouteTarget {
  TrunkPtr trunk;
  std::size_t peer = 0;  // index into trunk->peers()
  std::string called;    // after strip and prefix
};

struct RouteDecision {
  std::string route;                 // its name; empty: no route fits
  std::vector<RouteTarget> targets;  // in the order to try; peers that are down come last; empty: 404 or 503 as status says
  std::uint16_t status = 0;          // why there are no targets: 404 no route, 503 trunks disabled or full
};

class Router {
 public:
  Result<void> configure(const config::v1::Config& config, const TrunkTable& trunks);
  RouteDecision route(std::string_view from_trunk, std::string_view called) const;

 private:
  struct Entry {
    config::v1::Route config;
    config::NumberPattern pattern;
    std::vector<TrunkPtr> to;
  };
  std::vector<Entry> entries_;
};

}  // namespace junctor::cp
