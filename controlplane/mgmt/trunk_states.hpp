// SPDX-License-Identifier: MIT
// TrunkStates: what of trunks must outlive junctor-control and is no configuration: which of them
// an operator drained, and those that were removed while they had calls.
//
//   trunk T drain --> set_drained --> <state>/trunks.state --> applied to the trunks of that name
//   commit        --> follow ------->   (the same file)    --restart--> restore: their calls go on
//
// The file is replaced whole, by a rename. A drained trunk stays drained whatever the configuration
// says of it, also while it is not configured.
//
// Threads   the control loop's; a change waits for the disk.
// Lifetime  what is given outlives it.
// Errors    what cannot be written is not done; a file that cannot be read is logged, and taken for
//           an empty one.
#pragma once

#include <set>
#include <string>

#include "config/v1/config.pb.h"
#include "controlplane/dialect/dialect.hpp"
#include "controlplane/routing/trunk.hpp"
#include "journal/v1/journal.pb.h"
#include "platform/base/result.hpp"
#include "platform/config/disk.hpp"

namespace junctor::cp {

class TrunkStates {
 public:
  TrunkStates(config::Disk& disk, std::string folder);

  // At the start: the trunks that were removed are there again, for the calls of the journal.
  void restore(TrunkTable& trunks, const config::v1::Config& config, const PluginTable& plugins);
  // Whenever trunks were configured, and now and then: drains those that are drained, and writes
  // down which of the removed ones still have calls.
  void follow(const TrunkTable& trunks);
  // Durable when it returns.
  Result<void> set_drained(const std::string& name, bool is_drained, const TrunkTable& trunks);

  bool is_drained(const std::string& name) const { return drained_.contains(name); }

 private:
  journal::v1::TrunkStates content(const TrunkTable& trunks) const;
  Result<void> write(const std::string& text);

  // Given.
  config::Disk& disk_;
  const std::string folder_;
  const std::string path_;
  // State.
  std::set<std::string> drained_;
  journal::v1::TrunkStates kept_;  // as read at the start
  std::string written_;
};

}  // namespace junctor::cp
