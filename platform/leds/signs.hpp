// SPDX-License-Identifier: MIT
// Signs: what is to be seen of the gateway from across the room.
//
//   Health (each second) --> Panel::look --+--> Signs: health, alarm
//   troubles (each minute) --> know -------+
//
// A look without an answer is no sign yet: a program that is started anew, or a busy machine, is no
// trouble. Several in a row are.
//
// Threads   plain values.
#pragma once

#include <string>
#include <vector>

#include "management/v1/management.pb.h"
#include "platform/appliance/gate.hpp"

namespace junctor::leds {

struct Signs {
  bool health = false;  // calls can be made
  bool alarm = true;    // somebody should look at it
};

// Why no call can be made; empty if one can.
std::string trouble_with_calls(const appliance::Health& health);

// What `show system` and `show hardware` warn of, a sentence each.
std::vector<std::string> troubles_of(const appliance::v1::System& system);
std::vector<std::string> troubles_of(const management::v1::Hardware& hardware);

class Panel {
 public:
  static constexpr int kPatience = 3;  // looks

  void look(const appliance::Health& health);
  void know(std::vector<std::string> troubles) { known_ = std::move(troubles); }

  Signs signs() const;
  // What is wrong, in words; empty if nothing is.
  std::string text() const;

 private:
  // State.
  std::vector<std::string> known_;
  std::vector<std::string> seen_;  // of the last look that counts
  std::string no_calls_ = "nothing is known yet";
  int bad_looks_ = 0;
};

}  // namespace junctor::leds
