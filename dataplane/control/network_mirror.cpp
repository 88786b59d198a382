// SPDX-License-Identifier: MIT
#include "dataplane/control/network_mirror.hpp"

#include <algorithm>
#include <tuple>

namespace junctor::dp {

void NetworkMirror::set_routes(std::vector<KernelRouteEntry> routes) {
  routes_ = std::move(routes);
  std::stable_sort(routes_.begin(), routes_.end(), [](const auto& a, const auto& b) {
    if (a.destination.length != b.destination.length) {
      return a.destination.length > b.destination.length;
    }
    return a.metric < b.metric;
  });
}

bool NetworkMirror::put_neighbour(const NeighbourKey& key, NeighbourState state,
                                  const MacAddress* mac) {
  Neighbour& entry = neighbours_[key];
  const Neighbour before = entry;
  entry.refresh = refresh_;
  if (state != NeighbourState::Unknown || before.state != NeighbourState::Failed) {
    entry.state = state;
  }
  if (mac != nullptr) {
    entry.has_mac = true;
    entry.mac = *mac;
  }
  const bool was_failed = before.state == NeighbourState::Failed;
  const bool is_failed = entry.state == NeighbourState::Failed;
  return was_failed != is_failed || before.has_mac != entry.has_mac || before.mac != entry.mac;
}

void NetworkMirror::drop_neighbour(const NeighbourKey& key, bool is_needed) {
  const auto found = neighbours_.find(key);
  if (found == neighbours_.end()) return;
  if (!is_needed) {
    neighbours_.erase(found);
  } else if (found->second.state != NeighbourState::Failed) {
    found->second.state = NeighbourState::Unknown;
  }
}

const NetworkMirror::Neighbour* NetworkMirror::neighbour(const NeighbourKey& key) const {
  const auto found = neighbours_.find(key);
  return found == neighbours_.end() ? nullptr : &found->second;
}

bool NetworkMirror::has_address(int ifindex, const IpAddress& address) const {
  return std::any_of(addresses_.begin(), addresses_.end(), [&](const KernelAddress& a) {
    return a.ifindex == ifindex && a.address.address == address;
  });
}

// Every hop of the routes with the longest prefix that leads out of a port of ours.
std::vector<NetworkMirror::Candidate> NetworkMirror::candidates(const IpAddress& to,
                                                                const IpAddress& from) const {
  std::vector<Candidate> out;
  const KernelRouteEntry* first = nullptr;
  for (const KernelRouteEntry& route : routes_) {
    if (first != nullptr && route.destination.length < first->destination.length) break;
    if (route.destination.address.family() != to.family() || !route.destination.contains(to)) {
      continue;
    }
    if (first == nullptr) first = &route;
    if (!route.is_unicast) break;  // the kernel would refuse here; what follows has a worse metric
    for (const RouteHop& hop : route.hops) {
      const auto up = is_up_.find(hop.ifindex);
      if (hop.is_dead || !egress_.contains(hop.ifindex) || up == is_up_.end() || !up->second) {
        continue;
      }
      Candidate candidate{
          &route, &hop, {hop.ifindex, hop.gateway ? hop.gateway : to}, false, false};
      const Neighbour* known = neighbour(candidate.neighbour);
      candidate.is_failed = known != nullptr && known->state == NeighbourState::Failed;
      candidate.owns_source = has_address(hop.ifindex, from);
      out.push_back(candidate);
    }
  }
  return out;
}

NetworkMirror::Path NetworkMirror::resolve(const IpAddress& to, const IpAddress& from) const {
  // From there to there, and nowhere else: a peer may say that its voice is at 127.0.0.1.
  if (to.is_loopback() || from.is_loopback()) {
    Path loop;
    if (to == loop_address() && from == loop_address()) loop.hop = NextHop{loop_port_, 0, {}, {}};
    return loop;
  }
  const std::vector<Candidate> all = candidates(to, from);
  if (all.empty()) return {};
  const auto rank = [](const Candidate& c) {
    return std::make_tuple(c.is_failed, c.route->metric, !c.owns_source);
  };
  const auto by_metric = [](const Candidate& c) {
    return std::make_tuple(c.route->metric, !c.owns_source);
  };
  const auto best = std::min_element(
      all.begin(), all.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const auto preferred =
      std::min_element(all.begin(), all.end(),
                       [&](const auto& a, const auto& b) { return by_metric(a) < by_metric(b); });
  Path path;
  path.neighbour = best->neighbour;
  if (preferred->neighbour != best->neighbour) path.preferred = preferred->neighbour;
  const Neighbour* known = neighbour(best->neighbour);
  if (known != nullptr && known->has_mac) {
    const Egress& egress = egress_.at(best->hop->ifindex);
    path.hop = NextHop{egress.port, egress.vlan, egress.mac, known->mac};
  }
  return path;
}

}  // namespace junctor::dp
