// SPDX-License-Identifier: MIT
// Counters: a name, a severity and a sentence each, so that support works from facts.
//
// A folder declares its counters as a constexpr array of CounterDesc, indexed by an enum; the
// values live in a CounterSet of the same size, one writer each; a Registry lists sets under a
// prefix for `show counters`.
//
// Threads   add() by the one thread that owns the set; value() from any thread (relaxed).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace junctor {

enum class Severity : std::uint8_t { Info, Warning, Error };
std::string_view severity_name(Severity severity);  // "info", "warning", "error"

struct CounterDesc {
  std::string_view name;  // "wrong_source": snake_case, unique in its set
  Severity severity = Severity::Info;
  std::string_view sentence;  // what one more of it means
};

// One count. Written by one thread without a locked instruction.
class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

template <std::size_t N>
class CounterSet {
 public:
  explicit CounterSet(const std::array<CounterDesc, N>& descriptions)
      : descriptions_(descriptions) {}
  Counter& operator[](std::size_t i) { return counters_[i]; }
  const Counter& operator[](std::size_t i) const { return counters_[i]; }
  std::span<const CounterDesc> descriptions() const { return descriptions_; }
  std::span<const Counter> values() const { return counters_; }

 private:
  const std::array<CounterDesc, N>& descriptions_;
  std::array<Counter, N> counters_{};
};

// What a process counts, for those who show it. Sets with the same prefix (one a worker) are
// summed.
//
// Threads   add() and visit() on the process's control thread.
// Lifetime  a set must outlive the registry or be removed.
class CounterRegistry {
 public:
  void add(std::string prefix, std::span<const CounterDesc> descriptions,
           std::span<const Counter> values);
  void remove(std::span<const Counter> values);

  struct Row {
    std::string name;  // "rtp_relay.wrong_source"
    std::uint64_t value = 0;
    const CounterDesc* description = nullptr;
  };
  // Every counter, in the order of the sets' first registration.
  std::vector<Row> rows() const;

 private:
  struct Set {
    std::string prefix;
    std::span<const CounterDesc> descriptions;
    std::span<const Counter> values;
  };
  std::vector<Set> sets_;
};

}  // namespace junctor
