// SPDX-License-Identifier: MIT
#include "platform/appliance/gate.hpp"

#include <gtest/gtest.h>

namespace junctor::appliance {
namespace {

constexpr Health kWell{.is_control_there = true,
                       .is_dataplane_there = true,
                       .ports_configured = 2,
                       .ports_up = 2,
                       .control_start = 1,
                       .dataplane_start = 7};

// One look a second.
struct Watched {
  explicit Watched(bool is_trial) : gate(is_trial, now) {}
  // True if the state changed in one of the looks.
  bool look(const Health& health, int seconds) {
    bool has_changed = false;
    for (int i = 0; i < seconds; ++i) {
      now += Seconds{1};
      has_changed |= gate.observe(health, now);
    }
    return has_changed;
  }
  Nanoseconds now{Seconds{1000}};
  Gate gate;
};

TEST(Gate, IsGoodAfterAMinuteInWhichAllHeld) {
  Watched w(true);
  EXPECT_FALSE(w.look(kWell, 60));
  EXPECT_EQ(w.gate.state(), Gate::State::Trial);
  EXPECT_TRUE(w.look(kWell, 1));
  EXPECT_EQ(w.gate.state(), Gate::State::Good);
  EXPECT_FALSE(w.look({}, 1000));
  EXPECT_EQ(w.gate.state(), Gate::State::Good) << "what was declared stays so";
}

TEST(Gate, TheMinuteBeginsAnewWithEachTrouble) {
  Health no_dataplane = kWell;
  no_dataplane.is_dataplane_there = false;
  Health port_missing = kWell;
  port_missing.ports_up = 1;
  Health no_listener = kWell;
  no_listener.listeners_waiting = 1;
  Health control_restarted = kWell;
  control_restarted.control_start = 2;
  Health dataplane_restarted = kWell;
  dataplane_restarted.dataplane_start = 8;
  const struct {
    Health health;
    const char* waits_for;
  } rows[] = {{{}, "junctor-control does not answer"},
              {no_dataplane, "junctor-dataplane is not there"},
              {port_missing, "1 of 2 ports are there"},
              {no_listener, "1 SIP listeners are not open (show version)"},
              {control_restarted, "junctor-control was restarted"},
              {dataplane_restarted, "junctor-dataplane was restarted"}};
  for (const auto& row : rows) {
    Watched w(true);
    w.look(kWell, 40);
    w.look(row.health, 1);
    EXPECT_EQ(w.gate.waits_for(), row.waits_for);
    EXPECT_EQ(w.gate.steady(w.now), Nanoseconds{0});
    EXPECT_FALSE(w.look(kWell, 59)) << row.waits_for;
  }
}

TEST(Gate, ATrialThatIsNeverWellFails) {
  Watched w(true);
  EXPECT_FALSE(w.look({}, 299));
  EXPECT_TRUE(w.look({}, 1));
  EXPECT_EQ(w.gate.state(), Gate::State::Failed);
}

TEST(Gate, ADataplaneThatKeepsDyingIsNoHealth) {
  Watched w(true);
  Health health = kWell;
  for (int i = 0; i < 30; ++i) {
    health.dataplane_start += 1;
    w.look(health, 10);
  }
  EXPECT_EQ(w.gate.state(), Gate::State::Failed);
}

TEST(Gate, WhatWasGoodOnceIsNotGivenUp) {
  Watched w(false);
  EXPECT_FALSE(w.look({}, 10'000));
  EXPECT_EQ(w.gate.state(), Gate::State::Trial);
  EXPECT_TRUE(w.look(kWell, 61));
  EXPECT_EQ(w.gate.state(), Gate::State::Good) << "its starts are given back";
}

}  // namespace
}  // namespace junctor::appliance
