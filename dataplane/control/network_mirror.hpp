// SPDX-License-Identifier: MIT
// NetworkMirror: the kernel's interfaces, addresses, routes and neighbours as tables of ours, and
// the way to an address by them: longest prefix, then metric, then the interface that has the
// source address.
//
//   put_* <-- netlink (neighbours.hpp)          resolve(to, from) --> interface, neighbour, next
//   hop
//
// A neighbour that once had a MAC address keeps it while the kernel does not know better: a voice
// packet to a neighbour that is silent for a moment is better than none. A neighbour that failed is
// left for another route of the same prefix, if there is one.
//
// Threads   the loop's. No I/O.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "dataplane/core/plane.hpp"
#include "platform/base/address.hpp"

namespace junctor::dp {

// What an interface of the kernel is on the wire.
struct Egress {
  PortId port;
  std::uint16_t vlan = 0;
  MacAddress mac{};
};

struct RouteHop {
  int ifindex = 0;
  IpAddress gateway;  // none: on the link
  bool is_dead = false;
};

struct KernelRouteEntry {
  IpPrefix destination;
  std::uint32_t metric = 0;
  bool is_unicast = true;  // false: unreachable, blackhole, prohibited
  std::vector<RouteHop> hops;
};

struct KernelAddress {
  int ifindex = 0;
  IpPrefix address;
  bool is_global = false;

  friend bool operator==(const KernelAddress&, const KernelAddress&) = default;
};

struct NeighbourKey {
  int ifindex = 0;
  IpAddress address;

  friend auto operator<=>(const NeighbourKey&, const NeighbourKey&) = default;
};

// What the kernel says about a neighbour, as far as it matters here.
enum class NeighbourState : std::uint8_t {
  Unknown,    // no entry, or asking for the first time
  Reachable,  // confirmed, being probed, or permanent
  Stale,      // not confirmed for a while: wants to be used
  Failed,     // does not answer
};

class NetworkMirror {
 public:
  struct Neighbour {
    NeighbourState state = NeighbourState::Unknown;
    bool has_mac = false;
    MacAddress mac{};
    std::uint32_t refresh = 0;
  };

  // The way to an address. Without ifindex there is none through our ports.
  struct Path {
    NeighbourKey neighbour;
    std::optional<NextHop> hop;
    NeighbourKey preferred;  // another, better neighbour that failed; ifindex 0: none

    friend bool operator==(const Path&, const Path&) = default;
  };

  // Where loop_address() speaks with itself.
  void set_loop_port(PortId port) { loop_port_ = port; }
  void set_egress(std::map<int, Egress> egress) { egress_ = std::move(egress); }
  const std::map<int, Egress>& egress() const { return egress_; }

  // Whole tables, as a dump gave them.
  void set_links(std::map<int, bool> is_up) { is_up_ = std::move(is_up); }
  void set_addresses(std::vector<KernelAddress> addresses) { addresses_ = std::move(addresses); }
  void set_routes(std::vector<KernelRouteEntry> routes);
  const std::vector<KernelAddress>& addresses() const { return addresses_; }

  // One neighbour; true if resolve() may have another answer now. `mac` is null if the kernel has
  // none. The state Unknown after Failed (being asked again) is Failed still.
  bool put_neighbour(const NeighbourKey& key, NeighbourState state, const MacAddress* mac);
  // Gone from the kernel. Forgotten only if nobody needs it.
  void drop_neighbour(const NeighbourKey& key, bool is_needed);
  const Neighbour* neighbour(const NeighbourKey& key) const;
  // A new dump of neighbours begins; drop_unrefreshed() drops what it did not name.
  void begin_refresh() { ++refresh_; }
  template <typename IsNeeded>
  void drop_unrefreshed(IsNeeded&& is_needed) {
    for (auto it = neighbours_.begin(); it != neighbours_.end();) {
      const auto next = std::next(it);
      const NeighbourKey key = it->first;
      if (it->second.refresh != refresh_) drop_neighbour(key, is_needed(key));
      it = next;
    }
  }

  Path resolve(const IpAddress& to, const IpAddress& from) const;

 private:
  struct Candidate {
    const KernelRouteEntry* route = nullptr;
    const RouteHop* hop = nullptr;
    NeighbourKey neighbour;
    bool is_failed = false;
    bool owns_source = false;
  };
  std::vector<Candidate> candidates(const IpAddress& to, const IpAddress& from) const;
  bool has_address(int ifindex, const IpAddress& address) const;

  PortId loop_port_;
  std::map<int, Egress> egress_;
  std::map<int, bool> is_up_;
  std::vector<KernelAddress> addresses_;
  std::vector<KernelRouteEntry> routes_;  // longest prefix first, then metric
  std::map<NeighbourKey, Neighbour> neighbours_;
  std::uint32_t refresh_ = 0;
};

}  // namespace junctor::dp
