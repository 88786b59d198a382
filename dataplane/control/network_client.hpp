// SPDX-License-Identifier: MIT
// NetworkClient: has junctor-network do what takes CAP_NET_ADMIN.
//
//   set_up --> SetUp, waits for SetUpDone         nudge, set_mac --> Nudge, SetMac; Refused
//
// junctor-network may die and come back: what is asked meanwhile counts as refused, and is asked
// again by who needs it.
//
// Threads   the loop's.
// Lifetime  the loop outlives it.
#pragma once

#include <memory>
#include <string>

#include "dataplane/control/network_admin.hpp"
#include "platform/base/clock.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::dp {

class NetworkClient final : public NetworkAdmin {
 public:
  static constexpr Seconds kPatience{20};  // for set_up, the start of junctor-network included

  // path: its socket.
  NetworkClient(ipc::Loop& loop, std::string path);

  // Turns a loop of its own meanwhile: a start has nothing else to do.
  Result<void> set_up(const std::vector<WantedInterface>& interfaces) override;
  void nudge(const NeighbourKey& key) override;
  void set_mac(int ifindex, const MacAddress& mac) override;

 private:
  void on_frame(Bytes frame);

  // Given.
  const std::string path_;
  // Owned.
  std::unique_ptr<ipc::Client> client_;
};

}  // namespace junctor::dp
