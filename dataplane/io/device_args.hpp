// SPDX-License-Identifier: MIT
// The device of a port as the operator writes it: a PCI address, or a virtual device with
// arguments.
//
//   "0000:01:00.0"                      PCI
//   "net_af_xdp0,iface=eth1"            virtual
//
// Threads   pure.
#pragma once

#include <string>
#include <string_view>

namespace junctor::dp {

struct DeviceArgs {
  std::string name;  // as DPDK calls the device: "0000:01:00.0", "net_af_xdp0"
  std::string text;  // with its arguments
  bool pci = false;

  static DeviceArgs parse(std::string_view text);
};

}  // namespace junctor::dp
