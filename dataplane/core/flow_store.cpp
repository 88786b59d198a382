// SPDX-License-Identifier: MIT
#include "dataplane/core/flow_store.hpp"

#include <sys/mman.h>

#include "platform/base/assert.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t mapped_size(std::size_t bytes) {
  return (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

// Zero pages at a multiple of the huge page size, so that the kernel can back them with huge pages.
void* map_zero(std::size_t bytes) {
  const std::size_t size = mapped_size(bytes) + kHugePage;
  void* raw = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  JUNCTOR_ASSERT(raw != MAP_FAILED);
  const auto begin = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = (begin + kHugePage - 1) / kHugePage * kHugePage;
  if (aligned > begin) munmap(raw, aligned - begin);
  char* data = static_cast<char*>(raw) + (aligned - begin);
  const std::uintptr_t end = aligned + mapped_size(bytes);
  if (begin + size > end) munmap(data + mapped_size(bytes), begin + size - end);
  if (bytes >= kHugePage) madvise(data, mapped_size(bytes), MADV_HUGEPAGE);
  return data;
}

}  // namespace

// Every T here is all zero when default constructed, but for payload maps, which are written whole
// before use.
template <typename T>
ZeroArray<T>::ZeroArray(std::size_t size)
    : data_(static_cast<T*>(map_zero(size * sizeof(T)))), size_(size) {
  static_assert(std::is_trivially_destructible_v<T>);
}

template <typename T>
ZeroArray<T>::~ZeroArray() {
  munmap(data_, mapped_size(size_ * sizeof(T)));
}

template class ZeroArray<FlowHot>;
template class ZeroArray<FlowRare>;
template class ZeroArray<PayloadMap>;
template class ZeroArray<PortTable>;

FlowStore::FlowStore(std::uint32_t max_flows)
    : hot_(max_flows), rare_(max_flows), maps_(kMaxPayloadMaps) {
  JUNCTOR_ASSERT(max_flows <= FlowSlot::kMaxFlows);
}

}  // namespace junctor::dp
