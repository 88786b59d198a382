// SPDX-License-Identifier: MIT
// Numbers and octets that nobody can guess, for tags, Call-IDs, SSRCs: the kernel's (getrandom),
// fetched a page at a time, since a call needs a dozen of them.
//
// Threads   any; each thread has a page of its own. Octets are used once and then forgotten.
#pragma once

#include <cstdint>

#include "platform/base/bytes.hpp"

namespace junctor {

void random_bytes(MutableBytes out);
std::uint32_t random_u32();
// From lowest to highest, both included.
std::uint32_t random_between(std::uint32_t lowest, std::uint32_t highest);

}  // namespace junctor
