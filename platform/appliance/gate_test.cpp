// SPDX-License-Identifier: MIT
#include "platform/appliance/gate.hpp"

#include <gtest/gtest.h>

namespace junctor::appliance {
namespace {

const Health kWell{.is_control_there = true,
                   .is_dataplane_there = true,
                   .control_start = 1,
                   .dataplane_start = 7,
                   .is_loopback_heard = true};

// One look a second.
struct Watched {
  using Before = std::optional<std::set<std::string>>;
  explicit Watched(bool is_trial, Before before = {}) : gate(is_trial, now, std::move(before)) {}
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
  port_missing.broken = {"port lan is not there", "port wan is not there"};
  Health no_listener = kWell;
  no_listener.broken = {"SIP listener wan is not open"};
  Health control_restarted = kWell;
  control_restarted.control_start = 2;
  Health dataplane_restarted = kWell;
  dataplane_restarted.dataplane_start = 8;
  const struct {
    Health health;
    const char* waits_for;
  } rows[] = {{{}, "junctor-control does not answer"},
              {no_dataplane, "junctor-dataplane is not there"},
              {port_missing, "port lan is not there, port wan is not there"},
              {no_listener, "SIP listener wan is not open"},
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

TEST(Gate, IsGoodOnlyIfTheGatewayHearsItself) {
  Health deaf = kWell;
  deaf.is_loopback_heard = false;
  deaf.loopback_trouble = "its own tone did not come back";
  Watched w(true);
  EXPECT_FALSE(w.gate.wants_loopback(w.now));
  w.look(deaf, 50);
  EXPECT_FALSE(w.gate.wants_loopback(w.now)) << "49 s have passed since all held";
  w.look(deaf, 1);
  EXPECT_TRUE(w.gate.wants_loopback(w.now));
  w.look(deaf, 9);
  EXPECT_EQ(w.gate.waits_for(), "") << "there is time still";
  EXPECT_FALSE(w.look(deaf, 1));
  EXPECT_EQ(w.gate.waits_for(), "the loopback call was not heard: its own tone did not come back");
  EXPECT_FALSE(w.look(deaf, 100));
  EXPECT_TRUE(w.gate.wants_loopback(w.now)) << "it is tried again";
  EXPECT_TRUE(w.look(kWell, 1)) << "and heard: the minute is over long since";
  EXPECT_EQ(w.gate.state(), Gate::State::Good);
  EXPECT_FALSE(w.gate.wants_loopback(w.now));

  Watched never(true);
  EXPECT_TRUE(never.look(deaf, 300));
  EXPECT_EQ(never.gate.state(), Gate::State::Failed);

  Watched interrupted(true);
  interrupted.look(deaf, 70);
  interrupted.look({}, 1);
  EXPECT_FALSE(interrupted.gate.wants_loopback(interrupted.now)) << "what was heard is of before";
  EXPECT_FALSE(interrupted.look(kWell, 60));
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

TEST(Gate, WhatDidNotWorkBeforeIsNoFaultOfThisVersion) {
  Health now = kWell;
  now.broken = {"port lan is not there"};
  now.unlinked = {"port wan has no link"};
  const struct {
    Watched::Before before;
    std::string waits_for;
  } rows[] = {
      // Where nothing is known a port may be without a cable, but it is there.
      {std::nullopt, "port lan is not there"},
      {{{}}, "port lan is not there, port wan has no link"},
      {{{"port lan is not there"}}, "port wan has no link"},
      {{{"port wan has no link", "SIP listener a is not open"}}, "port lan is not there"},
      {{{"port lan is not there", "port wan has no link"}}, ""},
  };
  for (const auto& row : rows) {
    Watched w(true, row.before);
    w.look(now, 299);
    EXPECT_EQ(w.gate.waits_for(), row.waits_for);
    EXPECT_EQ(w.gate.state(), row.waits_for.empty() ? Gate::State::Good : Gate::State::Trial);
  }
}

TEST(Gate, APortThatDiesLaterIsNoFaultOfAVersionThatWasGood) {
  Health now = kWell;
  now.broken = {"port lan is not there"};
  now.unlinked = {"port wan has no link"};
  Watched w(false, std::set<std::string>{});
  EXPECT_TRUE(w.look(now, 61)) << "its starts are given back";
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
