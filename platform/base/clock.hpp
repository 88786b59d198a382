// SPDX-License-Identifier: MIT
// Clock: where time comes from, so that tests can give it.
//
// Threads   now() and wall() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace junctor {

using Nanoseconds = std::chrono::nanoseconds;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  // Since an arbitrary start; never steps back (CLOCK_MONOTONIC).
  virtual Nanoseconds now() const = 0;
  // Since 1970-01-01 00:00 UTC; may step when the system's time is set.
  virtual Nanoseconds wall() const = 0;
};

// The system's clocks.
class SystemClock final : public Clock {
 public:
  Nanoseconds now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  Nanoseconds wall() const override { return std::chrono::system_clock::now().time_since_epoch(); }
};

// Stands still until advanced. For tests.
class FakeClock final : public Clock {
 public:
  Nanoseconds now() const override { return now_; }
  Nanoseconds wall() const override { return wall_; }
  void advance(Nanoseconds by) {
    now_ += by;
    wall_ += by;
  }

 private:
  Nanoseconds now_{std::chrono::hours{1}};
  Nanoseconds wall_{std::chrono::seconds{1'700'000'000}};
};

}  // namespace junctor
