// SPDX-License-Identifier: MIT
// PCI devices as sysfs tells of them.
//
// Errors    what a device does not tell is empty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/board/host.hpp"

namespace junctor::board {

// "/sys/bus/pci/devices/0000:00:04.0"
std::string pci_folder(const std::string& address);
bool is_pci_device(const Host& host, const std::string& address);

// PCI class 0200, in the order of their addresses.
std::vector<std::string> ethernet_controllers(const Host& host);
// By the label that the firmware gives it (SMBIOS type 41, ACPI _DSM), else by the slot it is in;
// "" if nothing is there.
std::string device_in_slot(const Host& host, const std::string& slot, std::uint32_t function);

struct PciDevice {
  std::string name;         // "Intel 8086:1521"
  std::string driver;       // "" if none has it
  std::string iommu_group;  // "" without an IOMMU
  std::string mac;          // if a driver of the kernel has it
  std::uint32_t speed_mbps = 0;
};
PciDevice pci_device(const Host& host, const std::string& address);

}  // namespace junctor::board
