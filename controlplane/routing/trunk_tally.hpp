// SPDX-License-Identifier: MIT
// TrunkTally: what is known of the trunk of a name however often its configuration changes: whether
// an operator drained it, how many calls began in the last second, which were refused, and why
// calls failed.
//
// Threads   the control loop's.
// Lifetime  shared by all trunks of a name that follow one another.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace junctor::cp {

// Calls that began within the last second.
class CallRate {
 public:
  // Whether one more keeps to so many in any second; 0: any number does.
  bool has_room(std::uint32_t most, Nanoseconds now);
  void add(Nanoseconds now);
  std::uint32_t count(Nanoseconds now);

 private:
  std::deque<Nanoseconds> begun_;  // within the last second, the oldest first
};

// Why calls failed, and how often. At most kMaxRows: a new reason takes the place of the rarest,
// since peers choose what they answer.
class CauseTable {
 public:
  static constexpr std::size_t kMaxRows = 32;
  struct Row {
    std::uint16_t status = 0;  // SIP
    std::string reason;        // "486 Busy Here"
    std::uint64_t count = 0;
    std::uint64_t last_unix_ms = 0;
  };

  void add(std::uint16_t status, std::string_view reason, std::uint64_t now_unix_ms);
  // The most frequent first.
  std::vector<Row> rows() const;

 private:
  std::vector<Row> rows_;
};

struct TrunkTally {
  bool is_drained = false;          // by an operator: no new call
  std::uint64_t calls_refused = 0;  // because a limit was reached, or it is drained or disabled
  CallRate rate;
  CauseTable causes;
};

}  // namespace junctor::cp
