// SPDX-License-Identifier: MIT
// What does not touch the clock of the machine that tests: e2e.image.ntp sets one.
#include "platform/appliance/machine_clock.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

using testing::HasSubstr;

class MachineClock : public testing::Test {
 protected:
  // A file that is dated so.
  void make(const std::string& path, std::int64_t unix_s) {
    const std::filesystem::path file = places_.at(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file).flush();
    const timespec times[] = {{unix_s, 0}, {unix_s, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  }
  std::int64_t date_of(const std::string& path) const {
    struct stat about {};
    EXPECT_EQ(stat(places_.at(path).c_str(), &about), 0);
    return about.st_mtim.tv_sec;
  }

  ipc::TempDir dir_;
  const Places places_{dir_ / "root"};
};

TEST_F(MachineClock, IsNeverSetBeforeTheVersionNorBeyondWhatClocksKeep) {
  make("/usr/lib/clock-epoch", 1'700'000'000);
  EXPECT_THAT(check_time(Seconds{1'699'999'999}, places_).error().text(), HasSubstr("version"));
  EXPECT_TRUE(check_time(Seconds{1'700'000'000}, places_));
  EXPECT_TRUE(check_time(Seconds{4'102'444'799}, places_));
  EXPECT_THAT(check_time(Seconds{4'102'444'800}, places_).error().text(), HasSubstr("2099"));
  EXPECT_THAT(check_time(Seconds{-1}, places_).error().text(), HasSubstr("version"));
}

TEST_F(MachineClock, TheLastKnownTimeFollowsBackAsWell) {
  make("/var/lib/systemd/timesync/clock", 1'900'000'000);
  make("/run/systemd/timesync/synchronized", 1'900'000'000);
  ASSERT_TRUE(note_time(Seconds{1'800'000'000}, places_));
  EXPECT_EQ(date_of("/var/lib/systemd/timesync/clock"), 1'800'000'000);
  EXPECT_FALSE(std::filesystem::exists(places_.at("/run/systemd/timesync/synchronized")));
}

TEST_F(MachineClock, NothingIsMadeWhereNobodyKeepsTheTime) {
  ASSERT_TRUE(note_time(Seconds{1'800'000'000}, places_));
  EXPECT_FALSE(std::filesystem::exists(places_.at("")));
}

}  // namespace
}  // namespace junctor::appliance
