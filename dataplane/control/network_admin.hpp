// SPDX-License-Identifier: MIT
// NetworkAdmin: what of the kernel's network takes CAP_NET_ADMIN; all else reads.
//
//   KernelPorts -- set_up: taps, addresses, routes --> [ NetworkAdmin ] --> kernel
//   Neighbours -- nudge, set_mac ------------------>
//
//   own_network_admin()   this process has the capability: junctor-network, or a gateway in a lab
//   NetworkClient         another does it (network_client.hpp): who reads foreign packets has none
//
// Threads   the loop's.
// Errors    set_up() says which interface, address or route, and why. What the kernel refuses later
//           is told to on_refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/control/network_mirror.hpp"
#include "dataplane/control/wanted_network.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

class NetworkAdmin {
 public:
  using OnRefused = std::function<void(const std::string& reason)>;

  virtual ~NetworkAdmin() = default;

  // Makes what is missing of it, and takes away what an earlier call added and this one does not
  // want (leftovers.hpp). Waits for the kernel. The taps are persistent, and held by nobody after
  // it.
  virtual Result<void> set_up(const std::vector<WantedInterface>& interfaces) = 0;
  // Has the kernel resolve or confirm a neighbour (NTF_USE). Waits for nobody.
  virtual void nudge(const NeighbourKey& key) = 0;
  // Gives an interface its MAC address again. Waits for nobody.
  virtual void set_mac(int ifindex, const MacAddress& mac) = 0;

  void set_on_refused(OnRefused on_refused) { on_refused_ = std::move(on_refused); }

 protected:
  void refused(const std::string& reason) const {
    if (on_refused_) on_refused_(reason);
  }

 private:
  OnRefused on_refused_;
};

// owner: the user who may hold the taps without the capability; none: whoever has it.
Result<std::unique_ptr<NetworkAdmin>> own_network_admin(
    std::optional<std::uint32_t> owner = std::nullopt);

}  // namespace junctor::dp
