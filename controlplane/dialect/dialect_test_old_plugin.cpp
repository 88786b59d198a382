// SPDX-License-Identifier: MIT
// A plugin of another version of the interface, for dialect_test.
#include "plugins/sdk/plugin.hpp"

namespace {
const junctor::interop::Descriptor kOld = {.abi_version = junctor::interop::kAbiVersion + 1,
                                           .name = "old",
                                           .summary = "of another version",
                                           .counters = {},
                                           .options = {},
                                           .create = nullptr};
}  // namespace

JUNCTOR_PLUGIN(kOld)
