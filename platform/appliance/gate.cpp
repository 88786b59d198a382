// SPDX-License-Identifier: MIT
#include "platform/appliance/gate.hpp"

namespace junctor::appliance {
namespace {

// What does not hold, in words; empty if all does.
std::string trouble_of(const Health& now, const Health& before) {
  if (!now.is_control_there) return "junctor-control does not answer";
  if (!now.is_dataplane_there) return "junctor-dataplane is not there";
  if (now.ports_up < now.ports_configured)
    return std::to_string(now.ports_up) + " of " + std::to_string(now.ports_configured) +
           " ports are there";
  if (now.listeners_waiting > 0)
    return std::to_string(now.listeners_waiting) + " SIP listeners are not open (show version)";
  const auto is_other = [](std::uint64_t a, std::uint64_t b) { return a != 0 && a != b; };
  if (is_other(before.control_start, now.control_start)) return "junctor-control was restarted";
  if (is_other(before.dataplane_start, now.dataplane_start))
    return "junctor-dataplane was restarted";
  return {};
}

}  // namespace

bool Gate::observe(const Health& health, Nanoseconds now) {
  if (state_ != State::Trial) return false;
  waits_for_ = trouble_of(health, last_);
  // What does not answer was not restarted: it is compared with what was seen last.
  if (health.is_control_there) last_ = health;
  if (!waits_for_.empty())
    holds_since_.reset();
  else if (!holds_since_)
    holds_since_ = now;
  if (holds_since_ && now - *holds_since_ >= kSteady) {
    state_ = State::Good;
    return true;
  }
  if (is_trial_ && now - began_ >= kLimit) {
    state_ = State::Failed;
    return true;
  }
  return false;
}

Nanoseconds Gate::steady(Nanoseconds now) const {
  return holds_since_ ? now - *holds_since_ : Nanoseconds{0};
}

}  // namespace junctor::appliance
