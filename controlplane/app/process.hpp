// SPDX-License-Identifier: MIT
// What junctor-control may take of the machine, and how much of it is taken.
//
// Threads   any.
#pragma once

#include <cstdint>
#include <string>

#include "platform/base/result.hpp"

namespace junctor::cp {

// Caps the memory that can be written (RLIMIT_DATA), and raises the number of open files as far as
// allowed. Files that are only mapped, as programs and SQLite's are, do not count. Beyond the cap
// an allocation fails and the process ends, to be started again: calls are resumed.
Result<void> set_limits(std::uint64_t memory_max_bytes);

// What the program may take: as configured, but no more than 85 % of what its control group may
// (memory.max, Documentation/admin-guide/cgroup-v2.rst of Linux), so that calls are refused before the
// kernel ends it. root: in place of /, for tests.
std::uint64_t memory_limit(std::uint64_t configured_bytes, const std::string& root = "");

// What counts against the cap now.
std::uint64_t memory_in_use();

// Says when no more calls should be taken: from 80 % of the cap on, until it falls below 70 %.
class MemoryGate {
 public:
  explicit MemoryGate(std::uint64_t memory_max_bytes) : max_(memory_max_bytes) {}

  // Whether that changed.
  bool update(std::uint64_t in_use);
  bool is_closed() const { return is_closed_; }

 private:
  std::uint64_t max_;
  bool is_closed_ = false;
};

}  // namespace junctor::cp
