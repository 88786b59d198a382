// SPDX-License-Identifier: MIT
// What the kernel is to have for the ports and VLANs of a configuration. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/core/plane.hpp"
#include "platform/base/address.hpp"

namespace junctor::dp {

struct WantedRoute {
  IpPrefix destination;
  IpAddress gateway;

  bool operator==(const WantedRoute&) const = default;
};

// What an interface should have.
struct WantedNetwork {
  std::vector<IpPrefix> addresses;
  std::vector<WantedRoute> routes;
};

// A tap, made if it is not there.
struct WantedInterface {
  std::string name;
  MacAddress mac{};
  std::uint32_t mtu = 1500;  // octets
  WantedNetwork network;
};

}  // namespace junctor::dp
