// SPDX-License-Identifier: MIT
#include "platform/appliance/gate.hpp"

namespace junctor::appliance {

// What does not hold, in words; empty if all does.
std::string Gate::trouble_of(const Health& now) const {
  if (!now.is_control_there) return "junctor-control does not answer";
  if (!now.is_dataplane_there) return "junctor-dataplane is not there";
  if (!is_trial_) return restart_of(now);
  std::string broken;
  const auto add = [&](const std::set<std::string>& what) {
    for (const std::string& sentence : what) {
      if (before_ && before_->contains(sentence)) continue;
      broken += (broken.empty() ? "" : ", ") + sentence;
    }
  };
  add(now.broken);
  if (before_) add(now.unlinked);
  return broken.empty() ? restart_of(now) : broken;
}

std::string Gate::restart_of(const Health& now) const {
  const auto is_other = [](std::uint64_t a, std::uint64_t b) { return a != 0 && a != b; };
  if (is_other(last_.control_start, now.control_start)) return "junctor-control was restarted";
  if (is_other(last_.dataplane_start, now.dataplane_start))
    return "junctor-dataplane was restarted";
  return {};
}

bool Gate::observe(const Health& health, Nanoseconds now) {
  if (state_ != State::Trial) return false;
  waits_for_ = trouble_of(health);
  // What does not answer was not restarted: it is compared with what was seen last.
  if (health.is_control_there) last_ = health;
  if (!waits_for_.empty())
    holds_since_.reset();
  else if (!holds_since_)
    holds_since_ = now;
  if (steady(now) >= kSteady) {
    if (health.is_loopback_heard) {
      state_ = State::Good;
      return true;
    }
    waits_for_ = "the loopback call was not heard: " + health.loopback_trouble;
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
