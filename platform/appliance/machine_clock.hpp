// SPDX-License-Identifier: MIT
// The clock of the machine, set by hand (`request system time set`).
//
//   Service --systemctl start junctor-clock@SECONDS--> junctor-appliance --set-clock SECONDS --> kernel, RTC
//
// A program of its own does it, in a unit that may: junctor-appliance, which stays, may not.
//
// Threads   plain functions.
#pragma once

#include <cstdint>

#include "platform/appliance/slots.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"

namespace junctor::appliance {

// Whether a time (since 1970-01-01 00:00 UTC) can be: not before the date of the version, nor after
// the year 2099. The error is a sentence.
Result<void> check_time(Seconds at, const Places& places);

// What else knows the time: the last known time of systemd-timesyncd(8) is set to it, also when it
// lies ahead of it, and no time server has said this one.
Result<void> note_time(Seconds at, const Places& places);

// Sets the clock of the kernel and, where there is one, the clock with the battery; then as note_time(). CAP_SYS_TIME.
Result<void> set_machine_clock(Seconds at, const Places& places);

}  // namespace junctor::appliance
