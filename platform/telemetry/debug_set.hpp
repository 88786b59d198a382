// SPDX-License-Identifier: MIT
// DebugSet: which parts log details now, until when, and who asked for it. It ends by itself.
//
// Threads   one; who owns it calls expire() when it is due.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/telemetry/log_tap.hpp"

namespace junctor {

class DebugSet {
 public:
  static constexpr const char* kAll = "all";
  struct One {
    std::string category;  // kAll: every part
    Nanoseconds until{0};  // of Clock::now()
    std::string user;
  };

  // In place of what was asked for the same category before.
  void add(One one) { ones_[one.category] = std::move(one); }
  // Ends one, or with kAll every one.
  void remove(const std::string& category);
  // Ends those that are due; whether there were any.
  bool expire(Nanoseconds now);
  // When expire() should be called; nothing: never.
  std::optional<Nanoseconds> next_due() const;
  // When the last of them ends.
  std::optional<Nanoseconds> last_due() const;

  std::vector<One> list() const;
  LogDebug what() const;

 private:
  std::map<std::string, One> ones_;
};

}  // namespace junctor
