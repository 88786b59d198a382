// SPDX-License-Identifier: MIT
// Relaxed: a number that one thread writes and any thread reads, without order and without a locked
// instruction.
#pragma once

#include <atomic>

namespace junctor::dp {

template <typename T>
class Relaxed {
 public:
  Relaxed() = default;
  Relaxed(const Relaxed& other) : value_(other.get()) {}
  Relaxed& operator=(const Relaxed& other) {
    set(other.get());
    return *this;
  }

  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  void add(T n = 1) { set(static_cast<T>(get() + n)); }

 private:
  std::atomic<T> value_{};
};

}  // namespace junctor::dp
