// SPDX-License-Identifier: MIT
// Lamps: HEALTH and ALARM of the machine's board, by the kernel's files.
//
//   Signs --> /sys/class/leds/input3::capslock/brightness: 0, or its max_brightness
//
// Errors    a lamp that cannot be written is told once, and tried again with the next change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "board/v1/machine.pb.h"
#include "platform/leds/signs.hpp"

namespace junctor::leds {

class Lamps {
 public:
  // folder: /sys/class/leds
  Lamps(const std::string& folder, const board::v1::Machine& machine);

  bool empty() const { return lamps_.empty(); }
  // Writes what has changed.
  void show(const Signs& signs);

 private:
  struct Lamp {
    std::string file;
    std::string most;  // its brightness when it is lit
    bool is_health = false;
    std::optional<bool> is_lit;  // none: not known
    bool has_failed = false;
  };
  static void light(Lamp& lamp, bool is_lit);

  // Owned.
  std::vector<Lamp> lamps_;
};

}  // namespace junctor::leds
