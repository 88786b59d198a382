// SPDX-License-Identifier: MIT
// What a service tells systemd (sd_notify(3)). Without NOTIFY_SOCKET each notify_ does nothing.
//
// Threads   any.
#pragma once

#include <string>

#include "platform/base/clock.hpp"

namespace junctor {

// READY=1, with one line for `systemctl status`.
void notify_ready(const std::string& status);
// RELOADING=1; notify_ready() follows when it is done.
void notify_reloading();
// STOPPING=1.
void notify_stopping();
// WATCHDOG=1: the event loop still turns.
void notify_watchdog();
// How often notify_watchdog() should be called; zero if nobody waits for it. A quarter of WatchdogSec, and not the
// half that sd_watchdog_enabled(3) names: a loop that is late for three quarters of it is forgiven.
Nanoseconds watchdog_interval();

// Whether this process was started by something that starts it again when it ends: systemd, or what
// speaks its protocol (NOTIFY_SOCKET, INVOCATION_ID).
bool is_supervised();

}  // namespace junctor
