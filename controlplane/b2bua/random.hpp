// SPDX-License-Identifier: MIT
// Numbers that nobody can guess (getrandom).
//
// Threads   any.
#pragma once

#include <cstdint>

namespace junctor::cp {

std::uint32_t random_u32();
// From lowest to highest, both included.
std::uint32_t random_between(std::uint32_t lowest, std::uint32_t highest);

}  // namespace junctor::cp
