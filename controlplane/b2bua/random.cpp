// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/random.hpp"

#include <sys/random.h>

#include "platform/base/assert.hpp"

namespace junctor::cp {

std::uint32_t random_u32() {
  std::uint32_t value = 0;
  JUNCTOR_ASSERT(getrandom(&value, sizeof value, 0) == sizeof value);
  return value;
}

std::uint32_t random_between(std::uint32_t lowest, std::uint32_t highest) {
  const std::uint64_t span = std::uint64_t{highest} - lowest + 1;
  return lowest + static_cast<std::uint32_t>((std::uint64_t{random_u32()} * span) >> 32);
}

}  // namespace junctor::cp
