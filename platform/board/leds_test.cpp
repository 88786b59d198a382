// SPDX-License-Identifier: MIT
#include "platform/board/leds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/board/fake_host.hpp"

namespace junctor::board {
namespace {

class LedsTest : public testing::Test {
 protected:
  LedsTest() {
    for (const char* name : {"box:green", "input3::capslock", "input3::numlock"}) {
      const std::string folder = std::string(kLedsFolder) + "/" + name;
      host.file(folder + "/trigger", "[kbd-capslock] none\n");
      host.file(folder + "/brightness", "7\n");
      host.file(folder + "/max_brightness", "255\n");
    }
  }
  v1::MachineLed prepared(const std::string& device, v1::LedMeaning shows) {
    v1::Board board;
    v1::Led& led = *board.add_leds();
    led.set_name("lamp");
    led.set_device(device);
    led.set_shows(shows);
    auto done = prepare_leds(host, board);
    notes = done.notes;
    return done.leds.empty() ? v1::MachineLed{} : done.leds[0];
  }
  std::string of(const std::string& file) { return host.read(kLedsFolder + file).value_or(""); }

  FakeHost host;
  std::vector<std::string> notes;
};

TEST_F(LedsTest, PowerIsLit) {
  const v1::MachineLed led = prepared("box:green", v1::POWER);
  EXPECT_EQ(led.name() + " " + led.device() + " " + led.shows(), "lamp box:green power");
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(of("/box:green/brightness"), "255");
  EXPECT_EQ(of("/box:green/trigger"), "none");
  EXPECT_TRUE(host.given.empty());
}

TEST_F(LedsTest, HealthIsDarkAndGivenAway) {
  const v1::MachineLed led = prepared("input*::capslock", v1::HEALTH);
  EXPECT_EQ(led.device(), "input3::capslock");
  EXPECT_EQ(of("/input3::capslock/brightness"), "0");
  EXPECT_EQ(host.given["/sys/class/leds/input3::capslock/brightness"], "junctor-leds 0664");
  EXPECT_EQ(of("/input3::numlock/brightness"), "7");  // not the board's
}

TEST_F(LedsTest, OneThatDoesNotWorkIsLeftOutAndSaid) {
  EXPECT_EQ(prepared("box:*red", v1::ALARM).name(), "");
  EXPECT_THAT(notes,
              testing::ElementsAre("led lamp does not work: there is no /sys/class/leds/box:*red"));
  std::filesystem::remove(host.path_of("/sys/class/leds/box:green/brightness"));
  EXPECT_EQ(prepared("box:green", v1::POWER).name(), "");
  EXPECT_THAT(notes, testing::ElementsAre(testing::HasSubstr("/box:green/brightness: ")));
}

TEST_F(LedsTest, WhoHasLamps) {
  EXPECT_FALSE(has_lamps({}));
  for (const auto& [shows, has] : {std::pair{"power", false}, {"health", true}, {"alarm", true}}) {
    v1::Machine machine;
    machine.add_leds()->set_shows(shows);
    EXPECT_EQ(has_lamps(machine), has) << shows;
  }
}

}  // namespace
}  // namespace junctor::board
