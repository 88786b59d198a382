// SPDX-License-Identifier: MIT
#include "dataplane/control/leftovers.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "dataplane/control/tap.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

template <typename T>
bool has(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class Leftovers {
 public:
  Leftovers(Netlink& netlink, const FindWanted& find) : netlink_(netlink), find_(find) {}

  Result<bool> drop() {
    if (auto read = read_links(); !read) return read.error();
    remove_taps();
    // Both tables before anything goes: with its last address an interface loses its routes.
    if (auto read = read_routes(); !read) return read.error();
    if (auto read = read_addresses(); !read) return read.error();
    for (const auto& [ifindex, route] : routes_) drop_route(ifindex, route);
    for (const KernelAddress& each : addresses_) drop_address(each);
    return !addresses_.empty();
  }

 private:
  Result<void> read_links() {
    return netlink_.dump(RTM_GETLINK, AF_UNSPEC, [this](const nlmsghdr& message) {
      if (auto link = decode_link(message)) links_[link->ifindex] = std::move(*link);
    });
  }

  void remove_taps() {
    for (const auto& [ifindex, link] : links_) {
      if (find_(ifindex) != nullptr || link.alias != kOurAlias || link.has_carrier) continue;
      if (auto removed = Tap::remove(link.name); !removed) {
        log_warning("network", "an interface of no port cannot be removed",
                    {{"interface", link.name}, {"reason", removed.error().message}});
        continue;
      }
      log_warning("network", "interface removed: no port or VLAN of this name is configured",
                  {{"interface", link.name}});
    }
  }

  // The network that decides about what has our mark on this interface; none if it is not ours to
  // touch.
  const WantedNetwork* judge(int ifindex) const {
    static const WantedNetwork kNothing;
    if (const WantedNetwork* wanted = find_(ifindex)) return wanted;
    const auto link = links_.find(ifindex);
    return link != links_.end() && !link->second.has_carrier ? &kNothing : nullptr;
  }

  Result<void> read_addresses() {
    return netlink_.dump(RTM_GETADDR, AF_UNSPEC, [this](const nlmsghdr& message) {
      const auto said = decode_address(message);
      if (!said || said->protocol != kOurProtocol) return;
      const WantedNetwork* wanted = judge(said->address.ifindex);
      if (wanted == nullptr || has(wanted->addresses, said->address.address)) return;
      addresses_.push_back(said->address);
    });
  }

  Result<void> read_routes() {
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
      const auto take = [this](const nlmsghdr& message) {
        const auto said = decode_route(message);
        if (!said || said->protocol != kOurProtocol || said->route.hops.size() != 1) return;
        const RouteHop& hop = said->route.hops.front();
        const WantedNetwork* wanted = judge(hop.ifindex);
        const WantedRoute route{said->route.destination, hop.gateway};
        if (wanted == nullptr || has(wanted->routes, route)) return;
        routes_.push_back({hop.ifindex, route});
      };
      if (auto read = netlink_.dump(RTM_GETROUTE, family, take); !read) return read;
    }
    return {};
  }

  // One that is gone meanwhile is as good as one that was taken away.
  void drop_route(int ifindex, const WantedRoute& route) {
    if (!netlink_.drop_route(ifindex, route.destination, route.gateway)) return;
    log_info("network", "route removed: it is not configured any more",
             {{"interface", links_[ifindex].name},
              {"route", route.destination.text()},
              {"gateway", route.gateway.text()}});
  }
  void drop_address(const KernelAddress& each) {
    if (!netlink_.drop_address(each.ifindex, each.address)) return;
    log_info("network", "address removed: it is not configured any more",
             {{"interface", links_[each.ifindex].name}, {"address", each.address.text()}});
  }

  // Given.
  Netlink& netlink_;
  const FindWanted& find_;
  // State.
  std::map<int, KernelLink> links_;
  std::vector<KernelAddress> addresses_;
  std::vector<std::pair<int, WantedRoute>> routes_;
};

}  // namespace

Result<bool> drop_leftovers(Netlink& netlink, const FindWanted& find) {
  return Leftovers(netlink, find).drop();
}

}  // namespace junctor::dp
