// SPDX-License-Identifier: MIT
#include "controlplane/media/port_allocator.hpp"

#include "platform/base/assert.hpp"

namespace junctor::cp {

void PortAllocator::set_range(PortRange range) {
  JUNCTOR_ASSERT(range.min < range.max);
  first_ = (std::size_t{range.min} + 1) / 2;
  last_ = (std::size_t{range.max} - 1) / 2;
}

std::optional<std::uint16_t> PortAllocator::allocate(const IpAddress& local) {
  Pairs& pairs = addresses_[local];
  if (pairs.next < first_ || pairs.next > last_) pairs.next = first_;
  for (std::size_t tries = first_; tries <= last_; ++tries) {
    const std::size_t pair = pairs.next;
    pairs.next = pair == last_ ? first_ : pair + 1;
    if (pairs.taken[pair]) continue;
    pairs.taken[pair] = true;
    return static_cast<std::uint16_t>(pair * 2);
  }
  return std::nullopt;
}

bool PortAllocator::claim(const IpAddress& local, std::uint16_t port) {
  if (port % 2 != 0 || port == 0) return false;
  Pairs& pairs = addresses_[local];
  if (pairs.taken[port / 2]) return false;
  pairs.taken[port / 2] = true;
  return true;
}

void PortAllocator::release(const IpAddress& local, std::uint16_t port) {
  const auto at = addresses_.find(local);
  if (at != addresses_.end()) at->second.taken[port / 2] = false;
}

std::size_t PortAllocator::taken(const IpAddress& local) const {
  const auto at = addresses_.find(local);
  return at == addresses_.end() ? 0 : at->second.taken.count();
}

}  // namespace junctor::cp
