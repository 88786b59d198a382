// SPDX-License-Identifier: MIT
#include "dataplane/control/kernel_ports.hpp"

#include <algorithm>

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
  WantedInterface interface;
  Egress egress;

  template <typename Entry>
  Result<void> read(const std::string& path, const Entry& entry) {
    for (const std::string& text : entry.addresses()) {
      const auto prefix = IpPrefix::parse(text);
      if (!prefix) return Error{path + ".addresses", text + " is no address with prefix length"};
      interface.network.addresses.push_back(*prefix);
    }
    for (const config::v1::KernelRoute& route : entry.routes()) {
      const auto destination = IpPrefix::parse(route.destination());
      const auto gateway = IpAddress::parse(route.gateway());
      if (!destination || !gateway || destination->address.family() != gateway->family()) {
        return Error{path + ".routes", route.destination() + " via " + route.gateway() +
                                           " is no network with a router of the same family"};
      }
      interface.network.routes.push_back({network_of(*destination), *gateway});
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
                                                       NetworkAdmin& admin,
                                                       const config::v1::Config& config) {
  std::unique_ptr<KernelPorts> self(new KernelPorts(loop, plane));
  const Result<std::vector<Wanted>> all = read_config(config, plane.ports());
  if (!all) return all.error();
  std::vector<WantedInterface> interfaces;
  for (const Wanted& wanted : *all) interfaces.push_back(wanted.interface);
  if (auto set = admin.set_up(interfaces); !set) return set.error();
  for (const Wanted& wanted : *all) {
    for (const IpPrefix& each : wanted.interface.network.addresses)
      self->addresses_.push_back(each.address);
    if (auto held = self->hold(wanted); !held) return held.error();
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
    wanted.interface.name = port.name();
    wanted.interface.mac = found->mac;
    wanted.egress = {found->id, 0, found->mac};
    if (port.mtu() != 0) wanted.interface.mtu = port.mtu();
    if (auto read = wanted.read(path, port); !read) return read.error();
    const std::uint32_t mtu = wanted.interface.mtu;
    all.push_back(std::move(wanted));
    for (const config::v1::Vlan& vlan : port.vlans()) {
      Wanted tagged;
      tagged.interface.name = port.name() + "." + std::to_string(vlan.id());
      tagged.interface.mac = found->mac;
      tagged.interface.mtu = mtu;
      tagged.egress = {found->id, static_cast<std::uint16_t>(vlan.id()), found->mac};
      if (auto read = tagged.read(path + ".vlans", vlan); !read) return read.error();
      all.push_back(std::move(tagged));
    }
  }
  return all;
}

Result<void> KernelPorts::hold(const Wanted& wanted) {
  Result<std::unique_ptr<Tap>> tap = Tap::open(wanted.interface.name);
  if (!tap) return tap.error();
  egress_[(*tap)->ifindex()] = wanted.egress;
  Interface& interface = interfaces_[{wanted.egress.port, wanted.egress.vlan}];
  interface.egress = wanted.egress;
  interface.tap = std::move(*tap);
  interface.watch = loop_.watch(interface.tap->fd(), ipc::Loop::kRead,
                                [this, &interface](std::uint8_t) { on_readable(interface); });
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
