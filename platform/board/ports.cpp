// SPDX-License-Identifier: MIT
#include "platform/board/ports.hpp"

#include <algorithm>
#include <set>

#include "platform/board/lists.hpp"
#include "platform/board/pci.hpp"

namespace junctor::board {
namespace {

constexpr const char* kVfio = "vfio-pci";
constexpr const char* kGroup = "junctor";
constexpr unsigned kGroupMode = 0660;

void set_missing(v1::MachinePort& port, const std::string& reason) {
  port.set_state("missing");
  port.set_reason(reason);
}

void set_unusable(v1::MachinePort& port, const std::string& reason) {
  port.set_state("unusable");
  port.set_reason(reason);
}

void describe(const Host& host, const std::string& address, v1::MachinePort& port) {
  const PciDevice device = pci_device(host, address);
  port.set_address(address);
  port.set_device(device.name);
  port.set_driver(device.driver);
  port.set_iommu_group(device.iommu_group);
  port.set_mac(device.mac);
  port.set_speed_mbps(device.speed_mbps);
}

// Where a port that is not `any` is; "" with a reason in the port.
std::string address_of(const Host& host, const v1::Port& given, v1::MachinePort& port) {
  if (given.has_address()) {
    if (is_pci_device(host, given.address())) return given.address();
    set_missing(port, "nothing is at PCI address " + given.address());
    return "";
  }
  std::string address = device_in_slot(host, given.slot(), given.function());
  if (address.empty()) set_missing(port, "nothing is in slot " + given.slot());
  return address;
}

// Takes the names that are free, in the order of PCI.
void add_any(const Host& host, const v1::Port& given, const std::set<std::string>& taken,
             std::set<std::string>& names, MachinePorts& ports) {
  unsigned number = 0;
  for (const std::string& address : ethernet_controllers(host)) {
    if (taken.contains(address)) continue;
    std::string name;
    do name = "port" + std::to_string(++number);
    while (!names.insert(name).second);
    v1::MachinePort& port = *ports.Add();
    port.set_name(name);
    port.set_note(given.note());
    describe(host, address, port);
  }
}

// What else is in the group and in another driver's hands: vfio gives a whole group or nothing.
std::string foreign_member(const Host& host, const std::string& group,
                           const std::set<std::string>& ours) {
  const std::string folder = "/sys/kernel/iommu_groups/" + group + "/devices";
  for (const std::string& address : host.list(folder)) {
    const std::string driver = host.link_name(pci_folder(address) + "/driver");
    const bool is_harmless = driver.empty() || driver == kVfio || driver == "pcieport";
    if (!is_harmless && !ours.contains(address)) return address + " (" + driver + ")";
  }
  return "";
}

// By driver_override, which is for this device alone, whatever other devices of its kind do.
Result<void> bind_to(Host& host, const std::string& address, const std::string& driver) {
  const std::string folder = pci_folder(address);
  const std::string now = host.link_name(folder + "/driver");
  if (now == driver) return {};
  if (auto done = host.write(folder + "/driver_override", driver); !done) return done;
  if (!now.empty())
    if (auto done = host.write(folder + "/driver/unbind", address); !done) return done;
  if (auto done = host.write("/sys/bus/pci/drivers_probe", address); !done) return done;
  const std::string then = host.link_name(folder + "/driver");
  if (then == driver) return {};
  return Error{address,
               driver + " does not take it" +
                   (host.exists("/sys/bus/pci/drivers/" + driver) ? "" : ": it is not loaded")};
}

Result<void> bind_to_vfio(Host& host, const std::string& address, const std::string& group) {
  if (auto bound = bind_to(host, address, kVfio); !bound) return bound;
  return host.give("/dev/vfio/" + group, kGroup, kGroupMode);
}

Result<void> bind_to_uio(Host& host, const std::string& address) {
  if (auto bound = bind_to(host, address, kUioModule); !bound) return bound;
  const auto devices = host.list(pci_folder(address) + "/uio");
  if (devices.empty()) return Error{address, "has no uio device"};
  return host.give("/dev/" + devices.front(), kGroup, kGroupMode);
}

void bind_port(Host& host, v1::MachinePort& port, const std::set<std::string>& ours,
               bool may_use_uio) {
  Result<void> bound;
  if (port.iommu_group().empty()) {
    if (!may_use_uio)
      return set_unusable(port,
                          "the machine has no IOMMU, or it is off (VT-d, AMD-Vi in the firmware)");
    bound = bind_to_uio(host, port.address());
  } else {
    const std::string foreign = foreign_member(host, port.iommu_group(), ours);
    if (!foreign.empty())
      return set_unusable(port, "shares IOMMU group " + port.iommu_group() + " with " + foreign);
    bound = bind_to_vfio(host, port.address(), port.iommu_group());
  }
  port.set_driver(host.link_name(pci_folder(port.address()) + "/driver"));
  if (!bound) return set_unusable(port, bound.error().text());
  port.set_state("ready");
}

}  // namespace

MachinePorts find_ports(const Host& host, const v1::Board& board) {
  // First those with names of their own, so that `any` before them leaves them alone.
  MachinePorts named;
  std::set<std::string> taken;
  std::set<std::string> names;
  for (const v1::Port& given : board.ports()) {
    v1::MachinePort& port = *named.Add();
    if (given.any()) continue;
    port.set_name(given.name());
    port.set_note(given.note());
    names.insert(given.name());
    const std::string address = address_of(host, given, port);
    if (address.empty()) continue;
    describe(host, address, port);
    if (!taken.insert(address).second) set_unusable(port, address + " is another port already");
  }
  MachinePorts ports;
  for (int i = 0; i < board.ports_size(); ++i) {
    if (board.ports(i).any()) {
      add_any(host, board.ports(i), taken, names, ports);
    } else {
      *ports.Add() = named[i];
    }
  }
  return ports;
}

void bind_ports(Host& host, MachinePorts& ports, bool may_use_uio) {
  std::set<std::string> ours;
  for (const v1::MachinePort& port : ports)
    if (port.state().empty()) ours.insert(port.address());
  for (v1::MachinePort& port : ports)
    if (port.state().empty()) bind_port(host, port, ours, may_use_uio);
}

}  // namespace junctor::board
