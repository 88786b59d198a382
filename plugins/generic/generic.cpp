// SPDX-License-Identifier: MIT
#include "plugins/generic/generic.hpp"

namespace junctor::interop {

Result<std::unique_ptr<Plugin>> Generic::create(const TrunkContext&) {
  return std::unique_ptr<Plugin>(std::make_unique<Generic>());
}

const Descriptor kGeneric = {
    .name = "generic",
    .summary = "a peer that keeps to the RFCs: every message passes as it is",
    .counters = {},
    .options = {},
    .create = &Generic::create,
};

}  // namespace junctor::interop

JUNCTOR_PLUGIN(junctor::interop::kGeneric)
