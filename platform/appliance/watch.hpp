// SPDX-License-Identifier: MIT
// HealthWatch: asks junctor-control each second how the gateway is, for the health gate and the lamps.
//
// Threads   the loop's.
// Lifetime  what is given outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/appliance/gate.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

class HealthWatch {
 public:
  // path: of the management socket. on_look is called each second, whether there was an answer or not.
  HealthWatch(ipc::Loop& loop, const std::string& path, std::function<void(const Health&)> on_look);

 private:
  // The answers since the last look.
  struct Seen {
    Health health;
    std::vector<std::string> configured;
    int listeners = 0;                  // of SIP, in the configuration
    int waiting = 0;                    // of these, for their address
    std::map<std::string, bool> ports;  // those that the dataplane has: with a link?
    unsigned answers = 0;
  };
  static Health health_of(Seen seen);
  void look();
  void on_frame(Bytes frame);

  // Given.
  std::function<void(const Health&)> on_look_;
  // State.
  Seen seen_;
  std::uint64_t asked_ = 0;
  // Owned.
  std::unique_ptr<ipc::Client> client_;
  ipc::HandlePtr timer_;
};

}  // namespace junctor::appliance
