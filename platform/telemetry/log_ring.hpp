// SPDX-License-Identifier: MIT
// LogRing: the last lines of the log of several programs, each with a number that grows by one.
//
//   oldest [ 41 | 42 | 43 | 44 ] newest        after(42) --> 43, 44
//
// Threads   any; the mutex guards everything.
// Lifetime  the oldest lines make place: at most max_lines, and max_bytes of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "platform/telemetry/log_tap.hpp"

namespace junctor {

class LogRing {
 public:
  struct Entry {
    std::uint64_t sequence = 0;
    std::string program;
    LogLine line;
  };

  LogRing(std::size_t max_lines, std::size_t max_bytes)
      : max_lines_(max_lines), max_bytes_(max_bytes) {}

  void add(std::string program, LogLine line);
  // Of the newest line. The first is 2, so that what came after 1 is everything.
  std::uint64_t newest() const;
  // Visits lines after that one, oldest first, or all from the newest on backwards, until the
  // visitor has enough. It must not log.
  using Visitor = std::function<bool(const Entry& entry)>;
  void visit_after(std::uint64_t sequence, const Visitor& visitor) const;
  void visit_backwards(const Visitor& visitor) const;

 private:
  const std::size_t max_lines_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::uint64_t next_ = 2;
  std::size_t bytes_ = 0;
};

}  // namespace junctor
