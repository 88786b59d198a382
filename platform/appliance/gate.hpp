// SPDX-License-Identifier: MIT
// The health gate: whether the version that runs has shown that it works.
//
//   each second: what is seen --> Gate::observe --> waits ... steady for 60 s --> good
//                                              \--> on trial and not good after 300 s --> failed
//
// At the end of the minute a loopback call is made (loopback.hpp): good is what was heard to carry voice.
//
// What did not work with the version before either (a dead port, a cable that is not plugged, an address of
// nobody) is no fault of this one, and is not waited for. Neither is a port that dies later, or a mistake that is
// committed, a fault of a version that was good once.
//
// Good gives the slot its starts back; failed takes them all away, and the restart that follows finds the
// other slot. A version that was good once is not given up here: GRUB counts its starts.
//
// Threads   a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "platform/base/clock.hpp"

namespace junctor::appliance {

// What was seen in one look.
struct Health {
  bool is_control_there = false;    // junctor-control answers
  bool is_dataplane_there = false;  // and is connected to junctor-dataplane
  // What of the configuration does not work, a sentence each: "port lan is not there", "SIP listener wan is not
  // open"; and ports without a link, which need a known good look to compare with.
  std::set<std::string> broken = {};
  std::set<std::string> unlinked = {};
  std::uint64_t control_start = 0;    // another value: it was restarted meanwhile
  std::uint64_t dataplane_start = 0;  // the same
  // The gateway heard itself in a loopback call, made while wants_loopback(); else why not.
  bool is_loopback_heard = false;
  std::string loopback_trouble = {};
  // What calls go through at all; for the lamps (platform/leds).
  int open_listeners = 0;
  int linked_ports = 0;  // of the configuration, with a link
};

class Gate {
 public:
  enum class State { Trial, Good, Failed };
  static constexpr Seconds kSteady{60};
  static constexpr Seconds kLimit{300};
  static constexpr Seconds kLoopbackAt{50};  // of the minute

  // is_trial: nobody has declared this version good yet. before: what did not work with the last good version, of
  // broken and unlinked; none: not known, links are not looked at.
  Gate(bool is_trial, Nanoseconds now, std::optional<std::set<std::string>> before = {})
      : is_trial_(is_trial), began_(now), before_(std::move(before)) {}

  // True when the state has changed with this look.
  bool observe(const Health& health, Nanoseconds now);

  State state() const { return state_; }
  bool is_trial() const { return is_trial_ && state_ != State::Good; }
  const std::string& waits_for() const { return waits_for_; }  // empty: all holds
  Nanoseconds steady(Nanoseconds now) const;
  // Whether it is time for a loopback call; what was heard before does not count.
  bool wants_loopback(Nanoseconds now) const {
    return state_ == State::Trial && steady(now) >= kLoopbackAt;
  }

 private:
  std::string trouble_of(const Health& now) const;
  std::string restart_of(const Health& now) const;

  // Given.
  const bool is_trial_;
  const Nanoseconds began_;
  const std::optional<std::set<std::string>> before_;
  // State.
  State state_ = State::Trial;
  std::string waits_for_ = "the first look";
  std::optional<Nanoseconds> holds_since_;
  Health last_;
};

}  // namespace junctor::appliance
