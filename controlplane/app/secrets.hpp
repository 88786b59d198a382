// SPDX-License-Identifier: MIT
// The secrets of the configuration, between its store and what uses them.
//
//   Store (sealed) --for_use--> defaults filled in, secrets clear: what the gateway works with
//
// Threads   the control loop's, and before it runs.
// Errors    without its key a gateway runs all the same: what needs a secret is off, and it is said.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/config/store.hpp"
#include "platform/keys/machine_key.hpp"

namespace junctor::cp {

class Secrets {
 public:
  // Opens the key of this machine in the folder of the state, or makes it.
  explicit Secrets(const std::string& state_dir)
      : key_(keys::MachineKey::open(state_dir + "/machine.key")) {}

  const keys::MachineKey* key() const { return key_ ? &*key_ : nullptr; }
  // What the operator has to know: a sentence each.
  config::v1::Config for_use(const config::v1::Config& kept, std::vector<std::string>& notes) const;
  config::Store::Seal sealer() const;
  // Why there is no key, or "".
  std::string mistake() const { return key_ ? "" : key_.error().text(); }

 private:
  Result<keys::MachineKey> key_;
};

}  // namespace junctor::cp
