// SPDX-License-Identifier: MIT
// The watchdog of the machine: finding the module that has one, and telling systemd to feed it.
//
//   module of the board ... softdog --> /dev/watchdog0 <-- fed by PID 1 every half timeout
#pragma once

#include <string>

#include "board/v1/board.pb.h"
#include "board/v1/machine.pb.h"
#include "platform/board/host.hpp"

namespace junctor::board {

// wanted: with its defaults. Without any the module is "".
v1::MachineWatchdog find_watchdog(Host& host, const v1::Watchdog& wanted);

// Until the next boot; PID 1 opens the device and feeds it from then on. Waits up to 20 s for the bus that PID 1 is
// asked over, unless it feeds it already with that timeout.
Result<void> feed_watchdog(Host& host, const v1::MachineWatchdog& watchdog);

}  // namespace junctor::board
