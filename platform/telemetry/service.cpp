// SPDX-License-Identifier: MIT
#include "platform/telemetry/service.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>

#include "platform/telemetry/escape.hpp"

namespace junctor {
namespace {

// Whether systemd listens is systemd's affair: a failure changes nothing for the service.
void notify(const std::string& state) { static_cast<void>(sd_notify(0, state.c_str())); }

}  // namespace

void notify_ready(const std::string& status) { notify("READY=1\nSTATUS=" + escape(status)); }

void notify_reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(SystemClock{}.now());
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void notify_stopping() { notify("STOPPING=1"); }

void notify_watchdog() { notify("WATCHDOG=1"); }

Nanoseconds watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return Nanoseconds{0};
  return std::chrono::microseconds{microseconds / 4};
}

bool is_supervised() {
  return std::getenv("NOTIFY_SOCKET") != nullptr || std::getenv("INVOCATION_ID") != nullptr;
}

}  // namespace junctor
