// SPDX-License-Identifier: MIT
// What a gateway goes without where a plugin of its configuration is gone, as after an upgrade or a rollback: the
// trunks that need it are left out, all else works.
//
//   configuration that was good once --leave_out_trunks--> the same without them, and why, a trunk each
//
// A commit, or a file that is read anew, with such a trunk is refused (TrunkTable::configure); this is for what has to
// hold although nobody is there to correct it.
//
// Threads   pure functions.
#pragma once

#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "controlplane/dialect/dialect.hpp"

namespace junctor::cp {

struct LeftOut {
  std::string trunk;
  std::string reason;  // "there is no plugin 'x'; there are: generic"

  std::string sentence() const { return "trunk " + trunk + " is left out: " + reason; }
};

// Takes out each trunk that no plugin speaks for, with what names it. The configuration has its defaults.
std::vector<LeftOut> leave_out_trunks(config::v1::Config& config, const PluginTable& plugins);

}  // namespace junctor::cp
