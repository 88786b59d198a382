// SPDX-License-Identifier: MIT
// HealthWatch: asks junctor-control each second how the gateway is, for the health gate.
//
// Threads   the loop's.
// Lifetime  what is given outlives it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/appliance/gate.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

class HealthWatch {
 public:
  // path: of the management socket. on_look is called each second, whether there was an answer or not.
  HealthWatch(ipc::Loop& loop, const std::string& path, std::function<void(const Health&)> on_look);

 private:
  void look();
  void on_frame(Bytes frame);

  // Given.
  std::function<void(const Health&)> on_look_;
  // State.
  Health seen_;  // of the answers since the last look
  unsigned answers_ = 0;
  std::uint64_t asked_ = 0;
  // Owned.
  std::unique_ptr<ipc::Client> client_;
  ipc::HandlePtr timer_;
};

}  // namespace junctor::appliance
