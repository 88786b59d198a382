// SPDX-License-Identifier: MIT
// MinuteWatch: asks junctor-control what is to be looked at: once a minute, as the answer costs the
// machine something.
//
//   ShowSystem, ShowHardware --> troubles of both
//
// Threads   the loop's.
// Lifetime  what is given outlives it.
// Errors    without an answer what was known holds; a machine that is no appliance has no system.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::leds {

class MinuteWatch {
 public:
  using OnTroubles = std::function<void(std::vector<std::string> troubles)>;
  // path: of the management socket. Asks as soon as somebody is there, too.
  MinuteWatch(ipc::Loop& loop, const std::string& path, OnTroubles on_troubles);

 private:
  void ask();
  void on_frame(Bytes frame);

  // Given.
  OnTroubles on_troubles_;
  // State.
  std::vector<std::string> of_system_;
  std::vector<std::string> of_hardware_;
  std::uint64_t last_id_ = 0;
  // Owned.
  std::unique_ptr<ipc::Client> client_;
  ipc::HandlePtr timer_;
};

}  // namespace junctor::leds
