// SPDX-License-Identifier: MIT
// The health gate: whether the version that runs has shown that it works.
//
//   each second: what is seen --> Gate::observe --> waits ... steady for 60 s --> good
//                                              \--> on trial and not good after 300 s --> failed
//
// Good gives the slot its starts back; failed takes them all away, and the restart that follows finds the
// other slot. A version that was good once is not given up here: GRUB counts its starts.
//
// Threads   a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/base/clock.hpp"

namespace junctor::appliance {

// What was seen in one look.
struct Health {
  bool is_control_there = false;    // junctor-control answers
  bool is_dataplane_there = false;  // and is connected to junctor-dataplane
  unsigned listeners_waiting = 0;   // SIP listeners that are not open
  unsigned ports_configured = 0;
  unsigned ports_up = 0;              // that the dataplane has
  std::uint64_t control_start = 0;    // another value: it was restarted meanwhile
  std::uint64_t dataplane_start = 0;  // the same
};

class Gate {
 public:
  enum class State { Trial, Good, Failed };
  static constexpr Seconds kSteady{60};
  static constexpr Seconds kLimit{300};

  // is_trial: nobody has declared this version good yet.
  Gate(bool is_trial, Nanoseconds now) : is_trial_(is_trial), began_(now) {}

  // True when the state has changed with this look.
  bool observe(const Health& health, Nanoseconds now);

  State state() const { return state_; }
  bool is_trial() const { return is_trial_ && state_ != State::Good; }
  const std::string& waits_for() const { return waits_for_; }  // empty: all holds
  Nanoseconds steady(Nanoseconds now) const;

 private:
  // Given.
  const bool is_trial_;
  const Nanoseconds began_;
  // State.
  State state_ = State::Trial;
  std::string waits_for_ = "the first look";
  std::optional<Nanoseconds> holds_since_;
  Health last_;
};

}  // namespace junctor::appliance
