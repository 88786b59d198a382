// SPDX-License-Identifier: MIT
// LEDs: the lamps on the case, found and made ready for who switches them.
//
//   "input*::capslock" --> /sys/class/leds/input3::capslock, taken from the kernel's own trigger
//     POWER          lit, by this program: the machine is on
//     HEALTH, ALARM  dark, and given to group junctor-leds: junctor-leds switches them (platform/leds)
//
// Errors    an LED that cannot be switched is left out, and said; none stops another.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>
#include <vector>

#include "board/v1/board.pb.h"
#include "board/v1/machine.pb.h"
#include "platform/board/host.hpp"

namespace junctor::board {

inline constexpr const char* kLedsFolder = "/sys/class/leds";
inline constexpr const char* kLedsGroup = "junctor-leds";

struct PreparedLeds {
  google::protobuf::RepeatedPtrField<v1::MachineLed> leds;
  std::vector<std::string> notes;
};
// In the order of the board. Drivers that ask their hardware first may be late: up to 2 s are waited.
PreparedLeds prepare_leds(Host& host, const v1::Board& board);

// Whether somebody has to switch one while the machine runs.
bool has_lamps(const v1::Machine& machine);

}  // namespace junctor::board
