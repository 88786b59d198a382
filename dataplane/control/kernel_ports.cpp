// SPDX-License-Identifier: MIT
#include "dataplane/control/kernel_ports.hpp"

#include <algorithm>

#include "dataplane/control/leftovers.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kMaxFrameBytes = 16384;
constexpr unsigned kFramesPerWake = 64;

// The network of an address with length: its host bits are zero.
IpPrefix network_of(const IpPrefix& prefix) {
  const Bytes octets = prefix.address.bytes();
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const int bits = std::clamp(static_cast<int>(prefix.length) - static_cast<int>(i * 8), 0, 8);
    out[i] = static_cast<std::uint8_t>(octets[i] & (0xff00 >> bits));
  }
  return {IpAddress::from_bytes(Bytes(out).first(octets.size())), prefix.length};
}

}  // namespace

// An interface as the configuration wants it.
struct KernelPorts::Wanted {
  std::string name;
  Egress egress;
  std::uint32_t mtu = 1500;
  WantedNetwork network;
  int ifindex = 0;

  template <typename Entry>
  Result<void> read(const std::string& path, const Entry& entry) {
    for (const std::string& text : entry.addresses()) {
      const auto prefix = IpPrefix::parse(text);
      if (!prefix) return Error{path + ".addresses", text + " is no address with prefix length"};
      network.addresses.push_back(*prefix);
    }
    for (const config::v1::KernelRoute& route : entry.routes()) {
      const auto destination = IpPrefix::parse(route.destination());
      const auto gateway = IpAddress::parse(route.gateway());
      if (!destination || !gateway || destination->address.family() != gateway->family()) {
        return Error{path + ".routes", route.destination() + " via " + route.gateway() +
                                           " is no network with a router of the same family"};
      }
      network.routes.push_back({network_of(*destination), *gateway});
    }
    return {};
  }
};

const std::array<CounterDesc, KernelPorts::kCounts> KernelPorts::kDescriptions{{
    {"to_kernel", Severity::Info, "a frame was handed to the kernel"},
    {"from_kernel", Severity::Info, "a frame of the kernel was sent"},
    {"kernel_refused", Severity::Warning,
     "the kernel did not take a frame: its interface is down or full"},
    {"no_interface", Severity::Info, "a frame came on a VLAN that the configuration does not have"},
    {"queue_full", Severity::Warning,
     "a frame of the kernel was lost because the transmit queue was full"},
}};

KernelPorts::KernelPorts(ipc::Loop& loop, Plane& plane)
    : loop_(loop), plane_(plane), counters_(kDescriptions) {}

Result<std::unique_ptr<KernelPorts>> KernelPorts::open(ipc::Loop& loop, Plane& plane,
                                                       const config::v1::Config& config) {
  std::unique_ptr<KernelPorts> self(new KernelPorts(loop, plane));
  Result<std::vector<Wanted>> all = read_config(config, plane.ports());
  if (!all) return all.error();
  Result<std::unique_ptr<Netlink>> netlink = Netlink::open(false);
  if (!netlink) return netlink.error();
  for (Wanted& wanted : *all) {
    if (auto added = self->add_interface(**netlink, wanted); !added) return added.error();
  }
  for (const Wanted& wanted : *all) {
    for (const IpPrefix& each : wanted.network.addresses) self->addresses_.push_back(each.address);
    if (auto added = add_addresses(**netlink, wanted); !added) return added.error();
  }
  // After the new ones: with the last address of an interface the kernel drops all of its routes.
  const Result<bool> dropped = drop_leftovers(**netlink, [&all](int ifindex) {
    const auto found = std::find_if(all->begin(), all->end(),
                                    [ifindex](const Wanted& w) { return w.ifindex == ifindex; });
    return found == all->end() ? nullptr : &found->network;
  });
  if (!dropped) return dropped.error();
  if (*dropped) {
    for (const Wanted& wanted : *all) {
      if (auto added = add_addresses(**netlink, wanted); !added) return added.error();
    }
  }
  // Routers may be reached through an address of another interface only after all have theirs.
  for (const Wanted& wanted : *all) {
    if (auto added = add_routes(**netlink, wanted); !added) return added.error();
  }
  return self;
}

Result<std::vector<KernelPorts::Wanted>> KernelPorts::read_config(
    const config::v1::Config& config, const std::vector<PlanePort>& ports) {
  std::vector<Wanted> all;
  for (int i = 0; i < config.interfaces_size(); ++i) {
    const config::v1::Interface& port = config.interfaces(i);
    const std::string path = "interfaces[" + std::to_string(i) + "]";
    const auto found = std::find_if(ports.begin(), ports.end(),
                                    [&port](const PlanePort& p) { return p.name == port.name(); });
    if (found == ports.end()) return Error{path, "the dataplane has no port " + port.name()};
    Wanted wanted;
    wanted.name = port.name();
    wanted.egress = {found->id, 0, found->mac};
    if (port.mtu() != 0) wanted.mtu = port.mtu();
    if (auto read = wanted.read(path, port); !read) return read.error();
    const std::uint32_t mtu = wanted.mtu;
    all.push_back(std::move(wanted));
    for (const config::v1::Vlan& vlan : port.vlans()) {
      Wanted tagged;
      tagged.name = port.name() + "." + std::to_string(vlan.id());
      tagged.egress = {found->id, static_cast<std::uint16_t>(vlan.id()), found->mac};
      tagged.mtu = mtu;
      if (auto read = tagged.read(path + ".vlans", vlan); !read) return read.error();
      all.push_back(std::move(tagged));
    }
  }
  return all;
}

Result<void> KernelPorts::add_interface(Netlink& netlink, Wanted& wanted) {
  Result<std::unique_ptr<Tap>> tap = Tap::open(wanted.name);
  if (!tap) return tap.error();
  wanted.ifindex = (*tap)->ifindex();
  const auto fail = [&wanted](const char* what, const Error& error) {
    return Error{wanted.name, std::string(what) + ": " + error.message};
  };
  // By it a later start knows what it may remove.
  if ((*tap)->is_new()) {
    if (auto set = netlink.set_alias(wanted.ifindex, kOurAlias); !set) {
      return fail("cannot set its alias", set.error());
    }
  }
  if (auto set = netlink.set_link(wanted.ifindex, wanted.mtu, wanted.egress.mac); !set) {
    return fail("cannot set MAC address and MTU", set.error());
  }
  if (auto up = netlink.set_link_up(wanted.ifindex); !up) {
    return fail("cannot bring it up", up.error());
  }
  Interface& interface = interfaces_[{wanted.egress.port, wanted.egress.vlan}];
  interface.egress = wanted.egress;
  interface.tap = std::move(*tap);
  interface.watch = loop_.watch(interface.tap->fd(), ipc::Loop::kRead,
                                [this, &interface](std::uint8_t) { on_readable(interface); });
  egress_[wanted.ifindex] = wanted.egress;
  return {};
}

Result<void> KernelPorts::add_addresses(Netlink& netlink, const Wanted& wanted) {
  for (const IpPrefix& address : wanted.network.addresses) {
    if (auto added = netlink.add_address(wanted.ifindex, address); !added) {
      return Error{wanted.name,
                   "cannot add address " + address.text() + ": " + added.error().message};
    }
  }
  return {};
}

Result<void> KernelPorts::add_routes(Netlink& netlink, const Wanted& wanted) {
  for (const WantedRoute& route : wanted.network.routes) {
    if (auto added = netlink.add_route(wanted.ifindex, route.destination, route.gateway); !added) {
      return Error{wanted.name, "cannot add route " + route.destination.text() + " via " +
                                    route.gateway.text() + ": " + added.error().message};
    }
  }
  return {};
}

void KernelPorts::on_punted(const PuntedPacket& packet) {
  const auto found = interfaces_.find({packet.port, packet.vlan});
  if (found == interfaces_.end()) {
    counters_[kNoInterface].add();
    return;
  }
  counters_[found->second.tap->write(packet.frame) ? kToKernel : kKernelRefused].add();
}

void KernelPorts::on_readable(Interface& interface) {
  std::array<std::uint8_t, kMaxFrameBytes> buffer;
  for (unsigned i = 0; i < kFramesPerWake; ++i) {
    const std::size_t size = interface.tap->read(buffer);
    if (size == 0) return;
    const bool sent =
        plane_.transmit(interface.egress.port, interface.egress.vlan, Bytes(buffer).first(size));
    counters_[sent ? kFromKernel : kQueueFull].add();
  }
}

}  // namespace junctor::dp
