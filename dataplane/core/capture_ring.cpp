// SPDX-License-Identifier: MIT
#include "dataplane/core/capture_ring.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace junctor::dp {

CaptureRing::CaptureRing(std::size_t octets)
    : memory_(std::bit_ceil(octets)), mask_(memory_.size() - 1) {}

bool CaptureRing::begin(const Head& head) {
  write_ = tail_.load(std::memory_order_relaxed);
  const std::uint64_t end = write_ + whole(sizeof head + head.length);
  if (end - head_seen_ > memory_.size()) {
    head_seen_ = head_.load(std::memory_order_acquire);
    if (end - head_seen_ > memory_.size()) {
      lost_[head.port % kPortSlots].add();
      return false;
    }
  }
  append(reinterpret_cast<const std::uint8_t*>(&head), sizeof head);
  return true;
}

void CaptureRing::append(const std::uint8_t* octets, std::size_t count) {
  const std::size_t at = write_ & mask_;
  const std::size_t first = std::min(count, memory_.size() - at);
  std::memcpy(memory_.data() + at, octets, first);
  std::memcpy(memory_.data(), octets + first, count - first);
  write_ += count;
}

void CaptureRing::copy_out(std::uint64_t at, void* to, std::size_t count) const {
  const std::size_t from = at & mask_;
  const std::size_t first = std::min(count, memory_.size() - from);
  std::memcpy(to, memory_.data() + from, first);
  std::memcpy(static_cast<std::uint8_t*>(to) + first, memory_.data(), count - first);
}

bool CaptureRing::front(Head& head, Bytes& frame) {
  const std::uint64_t at = head_.load(std::memory_order_relaxed);
  if (at == tail_.load(std::memory_order_acquire)) return false;
  copy_out(at, &head, sizeof head);
  const std::size_t from = (at + sizeof head) & mask_;
  if (from + head.length <= memory_.size()) {
    frame = Bytes(memory_.data() + from, head.length);
    return true;
  }
  scratch_.resize(head.length);
  copy_out(at + sizeof head, scratch_.data(), head.length);
  frame = scratch_;
  return true;
}

void CaptureRing::pop() {
  const std::uint64_t at = head_.load(std::memory_order_relaxed);
  Head head;
  copy_out(at, &head, sizeof head);
  head_.store(at + whole(sizeof head + head.length), std::memory_order_release);
}

}  // namespace junctor::dp
