// SPDX-License-Identifier: MIT
#include "platform/base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "platform/base/assert.hpp"

namespace junctor {
namespace {

struct Page {
  std::array<std::uint8_t, 256> octets{};  // getrandom never returns less of so few
  std::size_t used = 256;
};
thread_local Page page;

}  // namespace

void random_bytes(MutableBytes out) {
  while (!out.empty()) {
    if (page.used == page.octets.size()) {
      JUNCTOR_ASSERT(getrandom(page.octets.data(), page.octets.size(), 0) ==
                     static_cast<ssize_t>(page.octets.size()));
      page.used = 0;
    }
    const std::size_t n = std::min(out.size(), page.octets.size() - page.used);
    std::memcpy(out.data(), &page.octets[page.used], n);
    std::memset(&page.octets[page.used], 0, n);
    page.used += n;
    out = out.subspan(n);
  }
}

std::uint32_t random_u32() {
  std::uint8_t octets[4];
  random_bytes(octets);
  return load_be32(octets);
}

std::uint32_t random_between(std::uint32_t lowest, std::uint32_t highest) {
  const std::uint64_t span = std::uint64_t{highest} - lowest + 1;
  return lowest + static_cast<std::uint32_t>((std::uint64_t{random_u32()} * span) >> 32);
}

}  // namespace junctor
