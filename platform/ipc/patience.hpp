// SPDX-License-Identifier: MIT
// How long an answer of the management socket is waited for.
//
//   console --[5 s]--> junctor-control
//   console --[25 s]--> junctor-control --[20 s]--> junctor-appliance
//
// Who waits behind another waits less long than the one before, or the wrong one is blamed.
#pragma once

#include "platform/base/clock.hpp"

namespace junctor::ipc {

inline constexpr Nanoseconds kOfControl = Seconds{5};
// junctor-appliance comes last at a start: in the minute in which the data partition grows it is slow to read its
// program, and to write.
inline constexpr Nanoseconds kOfAppliance = Seconds{20};
inline constexpr Nanoseconds kOfBoth = Seconds{25};
static_assert(kOfAppliance < kOfBoth);

}  // namespace junctor::ipc
