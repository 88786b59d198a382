// SPDX-License-Identifier: MIT
#include "dataplane/core/loop_device.hpp"

#include <rte_mbuf.h>

#include <algorithm>

namespace junctor::dp {

LoopDevice::~LoopDevice() {
  for (; head_ != tail_; ++head_) rte_pktmbuf_free(ring_[head_ % kSize]);
}

unsigned LoopDevice::receive(unsigned, rte_mbuf** packets, unsigned max) noexcept {
  const unsigned n = std::min<unsigned>(max, tail_ - head_);
  for (unsigned i = 0; i < n; ++i) packets[i] = ring_[head_++ % kSize];
  return n;
}

unsigned LoopDevice::transmit(unsigned, rte_mbuf** packets, unsigned count) noexcept {
  const unsigned n = std::min<unsigned>(count, kSize - (tail_ - head_));
  for (unsigned i = 0; i < n; ++i) ring_[tail_++ % kSize] = packets[i];
  return n;
}

}  // namespace junctor::dp
