// SPDX-License-Identifier: MIT
// Router: which trunks take a call. Ordered routes by trunk and called number.
//
//   from trunk, numbers --> [its number plan in] --> [routes that fit, in order]
//     --> [their trunks, in order, each with its number plan out]
//     --> [their peers by priority and weight; those that are down last] --> targets
//
// The first route that fits is the call's; the others that fit come after it, for when all its
// trunks fail. They do not send a call back to the trunk that it came from; the first may.
//
// Threads   the control loop's; route() changes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/routing/number_plan.hpp"
#include "controlplane/routing/peer_order.hpp"
#include "controlplane/routing/trunk.hpp"
#include "platform/base/result.hpp"
#include "platform/config/number_pattern.hpp"

namespace junctor::cp {

// One attempt: a peer of a trunk, and the number to ask for there.
struct RouteTarget {
  TrunkPtr trunk;
  std::size_t peer = 0;  // index into trunk->peers()
  std::string called;    // after strip and prefix and the number plans
  std::string route;     // the name of the route that led here
  // The calling number there; nothing: as it came.
  std::optional<std::string> calling = {};
  // That of the trunk that the call comes from, and of the one that it goes to; or none.
  NumberPlanPtr plan_in = {};
  NumberPlanPtr plan_out = {};

  // Another number of the calling side (P-Asserted-Identity), as it is there.
  std::string rewrite_calling(std::string_view number) const;
};

struct RouteDecision {
  std::string route;  // the first that fits; empty: no route fits
  // In the order to try; empty: 404 or 503, as status says.
  std::vector<RouteTarget> targets;
  std::vector<TrunkPtr> full;  // that would have been tried ahead of all targets, without room
  std::uint16_t status = 0;  // why there are no targets: 404 no route, 503 trunks disabled or full
};

class Router {
 public:
  explicit Router(Draw draw = draw_at_random) : draw_(std::move(draw)) {}

  // Errors name the route or number plan, and leave everything as it was.
  Result<void> configure(const config::v1::Config& config, const TrunkTable& trunks);
  // steps: is told of all that was looked at, and why it fits or not.
  RouteDecision route(std::string_view from_trunk, std::string_view called,
                      std::string_view calling = {}, RouteSteps* steps = nullptr) const;

 private:
  struct Entry {
    config::v1::Route config;
    config::NumberPattern pattern;
    std::vector<TrunkPtr> to;
  };
  struct Plans {
    NumberPlanPtr in;
    NumberPlanPtr out;
  };
  class Walk;  // one decision on its way

  Result<void> configure_plans(const config::v1::Config& config);
  const Plans& plans_of(std::string_view trunk) const;

  Draw draw_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, Plans> plans_;  // by trunk
};

// Why the trunk takes no call now: "is disabled"; empty: it takes one.
std::string why_no_room(const Trunk& trunk);

}  // namespace junctor::cp
