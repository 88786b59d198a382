// SPDX-License-Identifier: MIT
// generic: a peer that keeps to the RFCs. Nothing is rewritten, nothing refused. The folder to copy
// for a new product.
//
// Contract  as of plugins/sdk/plugin.hpp.
#pragma once

#include "plugins/sdk/plugin.hpp"

namespace junctor::interop {

class Generic final : public Plugin {
 public:
  static Result<std::unique_ptr<Plugin>> create(const TrunkContext& trunk);
};

extern const Descriptor kGeneric;

}  // namespace junctor::interop
