// SPDX-License-Identifier: MIT
#include "platform/leds/signs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace junctor::leds {
namespace {

using appliance::Health;
using testing::ElementsAre;
using testing::IsEmpty;

const Health kWell{
    .is_control_there = true, .is_dataplane_there = true, .open_listeners = 2, .linked_ports = 1};

TEST(TroubleWithCalls, IsWhatNoCallComesBy) {
  Health no_dataplane = kWell;
  no_dataplane.is_dataplane_there = false;
  Health no_listener = kWell;
  no_listener.open_listeners = 0;
  Health no_link = kWell;
  no_link.linked_ports = 0;
  Health half = kWell;
  half.broken = {"SIP listener wan is not open"};
  const struct {
    Health health;
    const char* trouble;
  } rows[] = {{kWell, ""},
              {{}, "junctor-control does not answer"},
              {no_dataplane, "junctor-dataplane is not there"},
              {no_listener, "no SIP listener is open"},
              {no_link, "no port has a link"},
              {half, ""}};
  for (const auto& row : rows) EXPECT_EQ(trouble_with_calls(row.health), row.trouble);
}

appliance::v1::System well_system() {
  appliance::v1::System system;
  system.mutable_data()->set_size_bytes(1000);
  system.mutable_data()->set_free_bytes(500);
  auto& a = *system.add_slots();
  a.set_version("1.0");
  a.set_is_running(true);
  system.add_slots()->set_name("B");  // empty
  return system;
}

TEST(TroublesOf, TheSystem) {
  EXPECT_THAT(troubles_of(well_system()), IsEmpty());
  auto full = well_system();
  full.mutable_data()->set_free_bytes(49);
  EXPECT_THAT(troubles_of(full), ElementsAre("the data partition is nearly full"));
  auto bad = well_system();
  bad.mutable_data()->set_is_missing(true);
  bad.mutable_data()->set_was_repaired(true);
  bad.set_is_time_wrong(true);
  bad.mutable_gate()->set_state("failed");
  EXPECT_THAT(troubles_of(bad), ElementsAre("the data partition is missing",
                                            "the data partition was damaged, and is repaired",
                                            "the clock stands before the date of this version",
                                            "this version does not get well"));
  auto damaged = well_system();
  damaged.mutable_data()->set_is_damaged(true);
  EXPECT_THAT(troubles_of(damaged),
              ElementsAre("the data partition is damaged, and not all of it could be repaired"));
}

TEST(TroublesOf, AVersionThatWasLeft) {
  auto system = well_system();
  auto& other = *system.mutable_slots(1);
  other.set_version("1.1");
  EXPECT_THAT(troubles_of(system), ElementsAre("version 1.1 was returned from"));
  system.mutable_work()->set_state("installing");  // the slot has no starts while it is written
  EXPECT_THAT(troubles_of(system), IsEmpty());
  system.clear_work();
  other.set_starts_left(3);
  EXPECT_THAT(troubles_of(system), IsEmpty());
  other.set_starts_left(0);
  other.set_is_good(true);
  EXPECT_THAT(troubles_of(system), IsEmpty());
}

TEST(TroublesOf, TheHardware) {
  management::v1::Hardware hardware;
  EXPECT_THAT(troubles_of(hardware), IsEmpty());
  hardware.mutable_machine()->add_notes("there is no watchdog");
  EXPECT_THAT(troubles_of(hardware), ElementsAre("there is no watchdog"));
}

TEST(Panel, IsDarkAndAlarmedUntilSomethingIsKnown) {
  Panel panel;
  EXPECT_FALSE(panel.signs().health);
  EXPECT_TRUE(panel.signs().alarm);
  panel.look(kWell);
  EXPECT_TRUE(panel.signs().health);
  EXPECT_FALSE(panel.signs().alarm);
  EXPECT_EQ(panel.text(), "");
}

TEST(Panel, WaitsBeforeItGivesUpOnCalls) {
  Panel panel;
  panel.look(kWell);
  for (int i = 1; i < Panel::kPatience; ++i) {
    panel.look({});
    EXPECT_TRUE(panel.signs().health) << i;
    EXPECT_FALSE(panel.signs().alarm) << i;
  }
  panel.look({});
  EXPECT_FALSE(panel.signs().health);
  EXPECT_TRUE(panel.signs().alarm);
  EXPECT_EQ(panel.text(), "junctor-control does not answer");
  panel.look(kWell);
  EXPECT_TRUE(panel.signs().health);
  panel.look({});
  EXPECT_TRUE(panel.signs().health) << "the patience begins anew";
}

TEST(Panel, AlarmsBesideCallsThatCanBeMade) {
  Panel panel;
  Health one_cable = kWell;
  one_cable.unlinked = {"port wan has no link"};
  panel.look(one_cable);
  EXPECT_TRUE(panel.signs().health);
  EXPECT_TRUE(panel.signs().alarm);
  panel.know({"there is no watchdog"});
  EXPECT_EQ(panel.text(), "port wan has no link, there is no watchdog");
  panel.look(kWell);
  panel.know({});
  EXPECT_FALSE(panel.signs().alarm);
}

}  // namespace
}  // namespace junctor::leds
