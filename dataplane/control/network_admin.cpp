// SPDX-License-Identifier: MIT
#include "dataplane/control/network_admin.hpp"

#include <algorithm>

#include "dataplane/control/leftovers.hpp"
#include "dataplane/control/netlink.hpp"
#include "dataplane/control/tap.hpp"

namespace junctor::dp {
namespace {

class OwnNetworkAdmin final : public NetworkAdmin {
 public:
  OwnNetworkAdmin(std::unique_ptr<Netlink> netlink, std::optional<std::uint32_t> owner)
      : netlink_(std::move(netlink)), owner_(owner) {}

  Result<void> set_up(const std::vector<WantedInterface>& interfaces) override;

  void nudge(const NeighbourKey& key) override {
    if (const auto done = netlink_->nudge(key); !done) refused(done.error().message);
  }
  void set_mac(int ifindex, const MacAddress& mac) override {
    if (const auto done = netlink_->set_mac(ifindex, mac); !done) refused(done.error().message);
  }

 private:
  struct Made {
    const WantedInterface& wanted;
    int ifindex = 0;
  };
  Result<int> add_interface(const WantedInterface& wanted);
  Result<void> add_addresses(const Made& made);
  Result<void> add_routes(const Made& made);

  // Owned.
  const std::unique_ptr<Netlink> netlink_;
  // Given.
  const std::optional<std::uint32_t> owner_;
};

Result<void> OwnNetworkAdmin::set_up(const std::vector<WantedInterface>& interfaces) {
  std::vector<Made> all;
  for (const WantedInterface& wanted : interfaces) {
    const auto ifindex = add_interface(wanted);
    if (!ifindex) return ifindex.error();
    all.push_back({wanted, *ifindex});
  }
  for (const Made& made : all) {
    if (auto added = add_addresses(made); !added) return added;
  }
  // After the new ones: with the last address of an interface the kernel drops all of its routes.
  const Result<bool> dropped = drop_leftovers(*netlink_, [&all](int ifindex) {
    const auto found = std::find_if(
        all.begin(), all.end(), [ifindex](const Made& made) { return made.ifindex == ifindex; });
    return found == all.end() ? nullptr : &found->wanted.network;
  });
  if (!dropped) return dropped.error();
  if (*dropped) {
    for (const Made& made : all) {
      if (auto added = add_addresses(made); !added) return added;
    }
  }
  // Routers may be reached through an address of another interface only after all have theirs.
  for (const Made& made : all) {
    if (auto added = add_routes(made); !added) return added;
  }
  return {};
}

Result<int> OwnNetworkAdmin::add_interface(const WantedInterface& wanted) {
  const Result<Tap::Made> tap = Tap::make(wanted.name, owner_);
  if (!tap) return tap.error();
  const auto fail = [&wanted](const char* what, const Error& error) {
    return Error{wanted.name, std::string(what) + ": " + error.message};
  };
  // By it a later start knows what it may remove.
  if (tap->is_new) {
    if (auto set = netlink_->set_alias(tap->ifindex, kOurAlias); !set)
      return fail("cannot set its alias", set.error());
  }
  if (auto set = netlink_->set_link(tap->ifindex, wanted.mtu, wanted.mac); !set)
    return fail("cannot set MAC address and MTU", set.error());
  if (auto up = netlink_->set_link_up(tap->ifindex); !up)
    return fail("cannot bring it up", up.error());
  return tap->ifindex;
}

Result<void> OwnNetworkAdmin::add_addresses(const Made& made) {
  for (const IpPrefix& address : made.wanted.network.addresses) {
    if (auto added = netlink_->add_address(made.ifindex, address); !added) {
      return Error{made.wanted.name,
                   "cannot add address " + address.text() + ": " + added.error().message};
    }
  }
  return {};
}

Result<void> OwnNetworkAdmin::add_routes(const Made& made) {
  for (const WantedRoute& route : made.wanted.network.routes) {
    if (auto added = netlink_->add_route(made.ifindex, route.destination, route.gateway); !added) {
      return Error{made.wanted.name, "cannot add route " + route.destination.text() + " via " +
                                         route.gateway.text() + ": " + added.error().message};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<NetworkAdmin>> own_network_admin(std::optional<std::uint32_t> owner) {
  Result<std::unique_ptr<Netlink>> netlink = Netlink::open(false);
  if (!netlink) return netlink.error();
  return std::unique_ptr<NetworkAdmin>(new OwnNetworkAdmin(std::move(*netlink), owner));
}

}  // namespace junctor::dp
