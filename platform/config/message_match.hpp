// SPDX-License-Identifier: MIT
// What the regular expressions of message rules may cost: where they are checked, and where they are
// used.
#pragma once

#include <cstdint>

namespace junctor::config {

// Octets for one expression, compiled and at work (RE2's max_mem).
inline constexpr std::int64_t kMatchMemory = 1 << 20;

}  // namespace junctor::config
