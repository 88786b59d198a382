// SPDX-License-Identifier: MIT
#include "platform/leds/lamps.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::leds {
namespace {

class LampsTest : public testing::Test {
 protected:
  LampsTest() {
    for (const char* name : {"green", "red", "blue"}) {
      std::filesystem::create_directories(dir_ / name);
      write(std::string(name) + "/brightness", "3");
      write(std::string(name) + "/max_brightness", "255\n");
    }
    add("green", "health");
    add("red", "alarm");
    add("blue", "power");
  }
  void add(const char* device, const char* shows) {
    board::v1::MachineLed& led = *machine_.add_leds();
    led.set_device(device);
    led.set_shows(shows);
  }
  void write(const std::string& file, const std::string& text) {
    std::ofstream(dir_ / file) << text;
  }
  std::string of(const std::string& name) {
    std::string text;
    std::ifstream(dir_ / (name + "/brightness")) >> text;
    return text;
  }

  ipc::TempDir dir_;
  board::v1::Machine machine_;
};

TEST_F(LampsTest, ShowWhatTheSignsAre) {
  Lamps lamps(dir_ / "", machine_);
  lamps.show({.health = true, .alarm = false});
  EXPECT_EQ(of("green") + " " + of("red"), "255 0");
  EXPECT_EQ(of("blue"), "3");  // is lit already, by junctor-board
  lamps.show({});
  EXPECT_EQ(of("green") + " " + of("red"), "0 255");
}

TEST_F(LampsTest, WriteWhatChangesAlone) {
  Lamps lamps(dir_ / "", machine_);
  lamps.show({.health = true, .alarm = false});
  write("green/brightness", "by hand");
  lamps.show({.health = true, .alarm = true});
  EXPECT_EQ(of("green"), "by");
  EXPECT_EQ(of("red"), "255");
}

TEST_F(LampsTest, TryAgainWhatFailed) {
  Lamps lamps(dir_ / "", machine_);
  std::filesystem::rename(dir_ / "green", dir_ / "away");
  lamps.show({.health = true, .alarm = false});
  std::filesystem::rename(dir_ / "away", dir_ / "green");
  lamps.show({.health = true, .alarm = false});
  EXPECT_EQ(of("green"), "255");
}

TEST(Lamps, OfAMachineWithoutThem) { EXPECT_TRUE(Lamps("/sys/class/leds", {}).empty()); }

}  // namespace
}  // namespace junctor::leds
