// SPDX-License-Identifier: MIT
#include "platform/board/pci.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace junctor::board {
namespace {

constexpr const char* kDevices = "/sys/bus/pci/devices";
constexpr const char* kSlots = "/sys/bus/pci/slots";
constexpr std::uint64_t kEthernetClass = 0x0200;

constexpr std::array<std::pair<const char*, const char*>, 9> kVendors{{
    {"8086", "Intel"},
    {"1af4", "Virtio"},
    {"15ad", "VMware"},
    {"10ec", "Realtek"},
    {"14e4", "Broadcom"},
    {"15b3", "Mellanox"},
    {"1077", "QLogic"},
    {"1d0f", "Amazon"},
    {"1d6a", "Aquantia"},
}};

// 0000:ff:.. is before 10000:00:.., whose domain is longer.
bool is_before(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// "0x8086" -> "8086"
std::string id_of(const Host& host, const std::string& path) {
  const std::string text = host.read(path).value_or("");
  return text.starts_with("0x") ? text.substr(2) : text;
}

std::string name_of(const Host& host, const std::string& folder) {
  const std::string vendor = id_of(host, folder + "/vendor");
  std::string ids = vendor + ":" + id_of(host, folder + "/device");
  for (const auto& [id, name] : kVendors)
    if (vendor == id) return std::string(name) + " " + ids;
  return ids;
}

// The kernel's interface of the device, or of the virtio device on it.
std::string net_folder(const Host& host, const std::string& folder) {
  std::vector<std::string> places{folder + "/net"};
  for (const std::string& name : host.list(folder))
    if (name.starts_with("virtio")) places.push_back(folder + "/" + name + "/net");
  for (const std::string& place : places)
    if (const auto names = host.list(place); !names.empty()) return place + "/" + names.front();
  return "";
}

}  // namespace

std::string pci_folder(const std::string& address) { return std::string(kDevices) + "/" + address; }

bool is_pci_device(const Host& host, const std::string& address) {
  return host.exists(pci_folder(address));
}

std::vector<std::string> ethernet_controllers(const Host& host) {
  std::vector<std::string> found;
  for (const std::string& address : host.list(kDevices))
    if (host.read_number(pci_folder(address) + "/class").value_or(0) >> 8 == kEthernetClass)
      found.push_back(address);
  std::sort(found.begin(), found.end(), is_before);
  return found;
}

std::string device_in_slot(const Host& host, const std::string& slot, std::uint32_t function) {
  for (const std::string& address : host.list(kDevices))
    if (host.read(pci_folder(address) + "/label") == slot) return address;
  // The address of a slot is that of a device without its function: "0000:03:00".
  const auto device = host.read(std::string(kSlots) + "/" + slot + "/address");
  if (!device || device->empty()) return "";
  const std::string address = *device + "." + std::to_string(function);
  return is_pci_device(host, address) ? address : "";
}

PciDevice pci_device(const Host& host, const std::string& address) {
  const std::string folder = pci_folder(address);
  PciDevice device;
  device.name = name_of(host, folder);
  device.driver = host.link_name(folder + "/driver");
  device.iommu_group = host.link_name(folder + "/iommu_group");
  if (const std::string net = net_folder(host, folder); !net.empty()) {
    device.mac = host.read(net + "/address").value_or("");
    // -1 without a link, which is no number here.
    device.speed_mbps = static_cast<std::uint32_t>(host.read_number(net + "/speed").value_or(0));
  }
  return device;
}

}  // namespace junctor::board
