// SPDX-License-Identifier: MIT
// Buttons in a folder in place of /: pipes that events are written into.
#include "platform/appliance/power_button.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/input.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

constexpr const char* kPowerKeyOnly = "10000000000000 0\n";  // as Linux shows ACPI's

TEST(PowerKey, IsFoundInTheBitmapOfADevice) {
  EXPECT_TRUE(has_power_key(kPowerKeyOnly));
  EXPECT_TRUE(has_power_key("3 0 10000000000000 0"));
  EXPECT_FALSE(has_power_key("10000000000000"));  // bit 52
  EXPECT_FALSE(has_power_key("10000000000000 0 0"));
  EXPECT_FALSE(has_power_key("ffefffffffffffff ffffffffffffffff"));
  EXPECT_FALSE(has_power_key(""));
  EXPECT_FALSE(has_power_key("no keys at all"));
}

class PowerButtonTest : public testing::Test {
 protected:
  // A device with these keys, and what writes its events.
  int device(const std::string& name, const std::string& keys) {
    const std::string about = places_.at("/sys/class/input/" + name + "/device/capabilities");
    std::filesystem::create_directories(about);
    std::ofstream(about + "/key") << keys;
    std::filesystem::create_directories(places_.at("/dev/input"));
    const std::string path = places_.at("/dev/input/" + name);
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return open(path.c_str(), O_RDWR | O_CLOEXEC);
  }
  static void happen(int fd, unsigned short type, unsigned short code, int value) {
    input_event event{};
    event.type = type;
    event.code = code;
    event.value = value;
    EXPECT_EQ(write(fd, &event, sizeof event), ssize_t{sizeof event});
  }
  void pass(Milliseconds time) {
    const auto moment = loop_->after(time, [this] { loop_->stop(); });
    loop_->run();
  }

  const ipc::TempDir dir_;
  const Places places_{dir_ / "root"};
  const std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  int pressed_ = 0;
};

TEST_F(PowerButtonTest, TellsWhenItGoesDownAndNotWhenItComesUp) {
  const int fd = device("event3", kPowerKeyOnly);
  const PowerButton button(*loop_, places_, [this] { ++pressed_; });
  happen(fd, EV_KEY, KEY_POWER, 1);
  happen(fd, EV_SYN, 0, 0);
  pass(Milliseconds{50});
  EXPECT_EQ(pressed_, 1);
  happen(fd, EV_KEY, KEY_POWER, 0);
  happen(fd, EV_KEY, KEY_A, 1);
  happen(fd, EV_REL, KEY_POWER, 1);
  pass(Milliseconds{50});
  EXPECT_EQ(pressed_, 1);
  close(fd);
}

TEST_F(PowerButtonTest, OthersAreNotRead) {
  const int fd = device("event0", "fe 0\n");
  const PowerButton button(*loop_, places_, [this] { ++pressed_; });
  happen(fd, EV_KEY, KEY_POWER, 1);
  pass(Milliseconds{50});
  EXPECT_EQ(pressed_, 0);
  close(fd);
}

TEST_F(PowerButtonTest, OneThatGoesAwayLeavesTheOthers) {
  const int gone = device("event1", kPowerKeyOnly);
  const int fd = device("event2", kPowerKeyOnly);
  const PowerButton button(*loop_, places_, [this] { ++pressed_; });
  close(gone);
  pass(Milliseconds{50});
  happen(fd, EV_KEY, KEY_POWER, 1);
  pass(Milliseconds{50});
  EXPECT_EQ(pressed_, 1);
  close(fd);
}

TEST_F(PowerButtonTest, OneThatComesLaterIsFound) {
  const PowerButton button(*loop_, places_, [this] { ++pressed_; });
  pass(Milliseconds{1});
  EXPECT_EQ(pressed_, 0);
  const int fd = device("event4", kPowerKeyOnly);
  for (int i = 0; i < 100 && pressed_ == 0; ++i) {
    happen(fd, EV_KEY, KEY_POWER, 1);  // an open pipe keeps it
    pass(Milliseconds{100});
  }
  EXPECT_GE(pressed_, 1);
  close(fd);
}

}  // namespace
}  // namespace junctor::appliance
