// SPDX-License-Identifier: MIT
// LoginDelays: how long a password that was wrong makes the next one wait.
//
//   of one user   1 s, 2 s, 4 s, ... 30 s; forgotten when it is right, or after ten minutes of peace
//   of all        the same from the sixth on, so that names cannot be tried in place of passwords;
//                 forgotten after a minute of peace, but not by a right one: that may be a guesser's own
//
// Threads   the caller's.
#pragma once

#include <map>
#include <string>

#include "platform/base/clock.hpp"

namespace junctor::cp {

class LoginDelays {
 public:
  static constexpr Seconds kLongest{30};
  static constexpr unsigned kFreeOfAll = 5;

  // How long an attempt has to wait from now.
  Nanoseconds wait(const std::string& user, Nanoseconds now) const;
  // One was wrong; how long its answer waits.
  Nanoseconds failed(const std::string& user, Nanoseconds now);
  void succeeded(const std::string& user) { users_.erase(user); }

 private:
  struct Failures {
    unsigned count = 0;
    Nanoseconds until{0};
  };
  static void add(Failures& failures, unsigned free, Nanoseconds peace, Nanoseconds now);

  // Who asks names users; the caller gives those that are none one name, so that this is bounded.
  std::map<std::string, Failures> users_;
  Failures all_;
};

}  // namespace junctor::cp
