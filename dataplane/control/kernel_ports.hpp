// SPDX-License-Identifier: MIT
// KernelPorts: the exception path. One tap for each port, and one for each of its VLANs, with the
// port's MAC address.
//
//   port --> worker --> punted --> [ tap lan, lan.100 ] --> kernel: ARP, SIP, SSH, ...
//   port <-- Plane::transmit(port, vlan) <-- [ tap ] <-- kernel
//
// Addresses and routes of the configuration are added where they are missing, marked as ours
// (leftovers.hpp). Those with the mark that the configuration no longer has are taken away; what the
// operator or another program added stays. So are the taps of ports and VLANs that were taken out
// of the configuration, or have another name now: nothing is at their other end any more, while
// their networks would go on to draw the packets for the new ones. One that the operator made stays,
// without what we added; one that a process holds is another gateway's.
//
// Threads   the loop's.
// Lifetime  the interfaces outlive it.
// Errors    open() says which interface, address or route, and why.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/v1/config.pb.h"
#include "dataplane/control/network_admin.hpp"
#include "dataplane/control/network_mirror.hpp"
#include "dataplane/control/tap.hpp"
#include "dataplane/core/plane.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::dp {

class KernelPorts {
 public:
  enum Count : std::uint8_t {
    kToKernel,
    kFromKernel,
    kKernelRefused,
    kNoInterface,
    kQueueFull,
    kCounts
  };
  static const std::array<CounterDesc, kCounts> kDescriptions;

  static Result<std::unique_ptr<KernelPorts>> open(ipc::Loop& loop, Plane& plane,
                                                   NetworkAdmin& admin,
                                                   const config::v1::Config& config);

  // A packet that is not voice, nor RTCP of a flow.
  void on_punted(const PuntedPacket& packet);

  // What each of our interfaces is on the wire.
  const std::map<int, Egress>& egress() const { return egress_; }
  // Addresses of the configuration, in its order.
  const std::vector<IpAddress>& addresses() const { return addresses_; }

  const CounterSet<kCounts>& counters() const { return counters_; }

 private:
  struct Wanted;
  struct Interface {
    std::unique_ptr<Tap> tap;
    ipc::HandlePtr watch;
    Egress egress;
  };

  KernelPorts(ipc::Loop& loop, Plane& plane);
  static Result<std::vector<Wanted>> read_config(const config::v1::Config& config,
                                                 const std::vector<PlanePort>& ports);
  Result<void> hold(const Wanted& wanted);
  void on_readable(Interface& interface);

  // Given.
  ipc::Loop& loop_;
  Plane& plane_;
  // Owned.
  std::map<std::pair<PortId, std::uint16_t>, Interface> interfaces_;  // by port and VLAN
  // State.
  std::map<int, Egress> egress_;
  std::vector<IpAddress> addresses_;
  CounterSet<kCounts> counters_;
};

}  // namespace junctor::dp
