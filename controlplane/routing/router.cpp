// SPDX-License-Identifier: MIT
#include "controlplane/routing/router.hpp"

#include <algorithm>

namespace junctor::cp {
namespace {

std::string rewrite(const config::v1::Route& route, std::string_view called) {
  called.remove_prefix(std::min<std::size_t>(route.strip(), called.size()));
  return route.prefix() + std::string(called);
}

}  // namespace

Result<void> Router::configure(const config::v1::Config& config, const TrunkTable& trunks) {
  std::vector<Entry> entries;
  for (const auto& route : config.routes()) {
    Result<config::NumberPattern> pattern = config::NumberPattern::parse(route.called());
    if (!pattern) return Error{"route " + route.name(), pattern.error().text()};
    Entry entry{route, std::move(*pattern), {}};
    for (const std::string& name : route.to()) {
      const TrunkPtr trunk = trunks.find(name);
      if (!trunk) return Error{"route " + route.name(), "there is no trunk " + name};
      entry.to.push_back(trunk);
    }
    entries.push_back(std::move(entry));
  }
  entries_ = std::move(entries);
  return {};
}

RouteDecision Router::route(std::string_view from_trunk, std::string_view called) const {
  RouteDecision decision;
  std::vector<RouteTarget> down;
  for (const Entry& entry : entries_) {
    if (!entry.config.from().empty() && entry.config.from() != from_trunk) continue;
    if (!entry.pattern.matches(called)) continue;
    const std::string number = rewrite(entry.config, called);
    if (number.empty()) continue;  // nothing is left to ask for
    const bool is_first = decision.route.empty();
    if (is_first) decision.route = entry.config.name();
    for (const TrunkPtr& trunk : entry.to) {
      if (!trunk->has_room() || (!is_first && trunk->name() == from_trunk)) continue;
      for (std::size_t i = 0; i < trunk->peers().size(); ++i) {
        const bool is_down = trunk->peers()[i].state == TrunkPeer::State::Down;
        (is_down ? down : decision.targets)
            .push_back(RouteTarget{trunk, i, number, entry.config.name()});
      }
    }
  }
  std::move(down.begin(), down.end(), std::back_inserter(decision.targets));
  if (decision.targets.empty()) decision.status = decision.route.empty() ? 404 : 503;
  return decision;
}

}  // namespace junctor::cp
