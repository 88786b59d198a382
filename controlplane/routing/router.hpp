// SPDX-License-Identifier: MIT
// Router: which trunks take a call. Ordered routes by trunk and called number.
//
//   from trunk, called number --> [routes that fit, in order] --> [their trunks, in order]
//                             --> [their peers, in order; those that are down last] --> targets
//
// The first route that fits is the call's; the others that fit come after it, for when all its
// trunks fail. They do not send a call back to the trunk that it came from; the first may.
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
  std::string route;     // the name of the route that led here
};

struct RouteDecision {
  std::string route;  // the first that fits; empty: no route fits
  // In the order to try; empty: 404 or 503, as status says.
  std::vector<RouteTarget> targets;
  std::uint16_t status = 0;  // why there are no targets: 404 no route, 503 trunks disabled or full
};

class Router {
 public:
  // Errors name the route, and leave everything as it was.
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
