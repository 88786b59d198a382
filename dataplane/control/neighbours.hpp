// SPDX-License-Identifier: MIT
// Neighbours: next hops from the kernel's routes and neighbours, mirrored over netlink.
//
//   kernel -- links, addresses, routes, neighbours --> [ mirror ] --> what changed for a
//   destination in use kernel <-- "use this neighbour" (NTF_USE) --- for what is not resolved, went
//   stale, or failed
//   kernel <-- MAC address of an interface --- where another program gave it another
//
// The kernel does ARP and neighbour discovery, through the taps; relayed packets bypass it, so
// nothing but the nudges tells it that a neighbour is in use. Interfaces, addresses and routes are
// asked for anew after every event about them (they are few); neighbours follow their events. After
// an overrun of the socket everything is asked for anew.
//
// Threads   the loop's.
// Errors    open() alone can fail; what the kernel refuses later is counted.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/control/netlink.hpp"
#include "dataplane/control/network_admin.hpp"
#include "dataplane/control/network_mirror.hpp"
#include "dataplane/control/next_hops.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::dp {

class Neighbours final : public NextHops {
 public:
  enum Count : std::uint8_t {
    kEvents,
    kDumps,
    kOverruns,
    kNudges,
    kRefused,
    kChanges,
    kMacs,
    kCounts
  };
  static const std::array<CounterDesc, kCounts> kDescriptions;

  // admin: outlives it.
  static Result<std::unique_ptr<Neighbours>> open(ipc::Loop& loop, NetworkAdmin& admin,
                                                  std::map<int, Egress> egress, PortId loop_port);
  ~Neighbours() override;

  DestinationId acquire(const IpAddress& to, const IpAddress& from) override;
  void release(DestinationId id) override;
  std::optional<NextHop> get(DestinationId id) const override;
  void set_on_change(std::function<void(DestinationId)> on_change) override {
    on_change_ = std::move(on_change);
  }

  // Called with the addresses on our interfaces, after they were read or changed.
  void set_on_addresses(std::function<void(const std::vector<KernelAddress>&)> on_addresses);
  // Addresses on our interfaces, as last read.
  std::vector<KernelAddress> addresses() const;

  // Nudges what needs it, and sets MAC addresses that are wrong still. Call about every 100 ms.
  void run();

  const CounterSet<kCounts>& counters() const { return counters_; }

 private:
  enum class Table : std::uint8_t { Links, Addresses, Routes4, Routes6, Neighbours4, Neighbours6 };
  struct Destination {
    IpAddress to, from;
    std::uint32_t users = 0;
    NetworkMirror::Path path;
  };

  Neighbours(ipc::Loop& loop, NetworkAdmin& admin, std::unique_ptr<Netlink> netlink,
             std::map<int, Egress> egress, PortId loop_port);

  void on_readable();
  void on_message(const nlmsghdr& message);
  void on_dumped(const nlmsghdr& message);
  void on_neighbour(const nlmsghdr& message);
  void keep_mac(const KernelLink& link);
  void ask_again(bool with_neighbours);
  void ask_next();
  void finish_table();
  void resolve_again();
  void publish_addresses();
  bool is_needed(const NeighbourKey& key) const;
  void nudge(const NeighbourKey& key, Nanoseconds not_within);
  void nudge_for(const Destination& destination);

  // Given.
  const ipc::Loop& loop_;
  NetworkAdmin& admin_;
  // Owned.
  std::unique_ptr<Netlink> netlink_;
  ipc::HandlePtr watch_;
  // State.
  NetworkMirror mirror_;
  std::map<std::pair<IpAddress, IpAddress>, DestinationId> ids_;
  std::map<DestinationId, Destination> destinations_;
  std::map<NeighbourKey, Nanoseconds> nudged_;
  // Interfaces whose MAC address another program changed: now, and ever.
  std::set<int> wrong_macs_, told_;
  DestinationId next_nudge_;  // where run() goes on
  std::uint32_t last_id_ = 0;
  std::function<void(DestinationId)> on_change_;
  std::function<void(const std::vector<KernelAddress>&)> on_addresses_;
  std::vector<KernelAddress> published_;
  // The dump that is under way, and what it gave so far.
  std::deque<Table> to_ask_;
  std::uint32_t asked_ = 0;  // sequence number; 0: none
  bool interrupted_ = false;
  bool ask_tables_again_ = false;
  bool ask_neighbours_again_ = false;
  bool is_dirty_ = false;
  std::map<int, bool> links_;
  std::vector<KernelAddress> new_addresses_;
  std::vector<KernelRouteEntry> routes_;
  CounterSet<kCounts> counters_;
};

}  // namespace junctor::dp
