// SPDX-License-Identifier: MIT
// How long an answer is waited for, of questions that are handed on.
//
//   console --kForConsole--> junctor-control --kOf...--> dataplane, disk or junctor-appliance
//
// Who waits behind another waits less long than the one before, or the wrong one is blamed.
#pragma once

#include "platform/base/clock.hpp"

namespace junctor::ipc {

inline constexpr Nanoseconds kForConsole = Seconds{5};
// A disk that has still to write.
inline constexpr Nanoseconds kOfDisk = Seconds{4};
// junctor-appliance, which comes last at a start: in the minute in which the data partition grows it is slow to read
// its program, and to write.
inline constexpr Nanoseconds kForConsoleOfAppliance = Seconds{25};
inline constexpr Nanoseconds kOfAppliance = Seconds{20};

static_assert(kOfDisk < kForConsole && kOfAppliance < kForConsoleOfAppliance);

}  // namespace junctor::ipc
