// SPDX-License-Identifier: MIT
// Reload: what of a new configuration can hold at once.
//
//   running, wanted --> [by each field's `apply`] --> what to run now, what waits for a restart
//
// A field that says APPLY_RESTART_... keeps its running value; everything else is taken over. So a
// file with a new listener and a new route gives the route now, and says what the listener needs. A
// trunk at a listener that has to wait waits as well: a new one is left out, also of the routes, one
// that was there stays where it was.
//
// Threads   pure functions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"

namespace junctor::cp {

struct Reload {
  config::v1::Config config;               // to run now
  std::vector<std::string> for_control;    // paths that wait for a restart of junctor-control
  std::vector<std::string> for_dataplane;  // and of junctor-dataplane
};

// Both with their defaults.
Reload plan_reload(const config::v1::Config& running, const config::v1::Config& wanted);
// Takes these trunks out of a configuration; what names one goes without it.
void leave_out(const std::set<std::string>& trunks, config::v1::Config& config);

}  // namespace junctor::cp
