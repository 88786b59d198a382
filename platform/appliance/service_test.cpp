// SPDX-License-Identifier: MIT
// What runs and starts next, restarts, the clock, the power button, a factory reset.
#include "platform/appliance/service.hpp"

#include <gmock/gmock.h>
#include <linux/input.h>

#include "platform/appliance/service_fixture.hpp"

namespace junctor::appliance {
namespace {

using testing::HasSubstr;

TEST_F(ServiceTest, ShowsBothSlotsAndTheDisk) {
  const v1::System system = show();
  EXPECT_EQ(system.version(), "1.0.0");
  ASSERT_EQ(system.slots_size(), 2);
  EXPECT_TRUE(system.slots(0).is_running());
  EXPECT_TRUE(system.slots(0).is_next());
  EXPECT_EQ(system.slots(0).version(), "1.0.0");
  EXPECT_EQ(system.slots(1).version(), "0.9.0");
  EXPECT_TRUE(system.slots(1).is_good());
  EXPECT_GT(system.data().size_bytes(), 0U);
  EXPECT_EQ(system.uptime_s(), 120U);
  EXPECT_EQ(system.gate().state(), "trial");
  EXPECT_FALSE(system.has_work());
}

TEST_F(ServiceTest, TellsTheTimeAndWhetherItCanBe) {
  const auto now = std::chrono::duration_cast<Milliseconds>(SystemClock{}.wall()).count();
  v1::System system = show();
  EXPECT_NEAR(static_cast<double>(system.now_unix_ms()), static_cast<double>(now), 60000);
  EXPECT_FALSE(system.is_time_synchronized());
  EXPECT_FALSE(system.is_time_wrong());
  write("/run/systemd/timesync/synchronized", "");
  write("/usr/lib/clock-epoch", "");
  const auto day = std::chrono::hours(24);
  const auto date = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(places_.at("/usr/lib/clock-epoch"), date - day);
  system = show();
  EXPECT_TRUE(system.is_time_synchronized());
  EXPECT_FALSE(system.is_time_wrong());
  std::filesystem::last_write_time(places_.at("/usr/lib/clock-epoch"), date + day);
  EXPECT_TRUE(show().is_time_wrong());
}

TEST_F(ServiceTest, ReadsTheChoiceOnceAtATimeHoweverManyAsk) {
  // A second one beside it leaves a mark.
  program("/usr/lib/junctor/slots", "mkdir " + places_.at("/busy") + " || touch " +
                                        places_.at("/two") + "\nsleep 0.1\nrmdir " +
                                        places_.at("/busy") + "\ncat " + places_.at("/choice"));
  std::vector<std::unique_ptr<ipc::Channel>> askers;
  int answers = 0;
  for (int i = 0; i < 6; ++i) {
    auto asker = ipc::connect_once(*loop_, dir_ / "socket", {});
    ASSERT_TRUE(asker);
    (*asker)->set_callbacks(
        {.on_frame = [&](Bytes) { ++answers; }, .on_closed = [](const std::string&) {}});
    v1::Request request;
    request.mutable_show();
    (*asker)->send(request);
    askers.push_back(std::move(*asker));
  }
  askers.front()->close("asks no more");
  wait_until([&] { return answers == 5; });
  EXPECT_FALSE(std::filesystem::exists(places_.at("/two")));
}

TEST_F(ServiceTest, WhatCannotBeReadIsNoVersionOnTrial) {
  service_.reset();
  program("/usr/lib/junctor/slots",
          "[ -e " + places_.at("/mended") + " ] || exit 1\ncat " + places_.at("/choice"));
  begin();
  EXPECT_FALSE(show().has_gate());
  write("/mended", "");
  const std::size_t asked = calls().size();
  wait_until([&] { return calls().size() > asked; });
  EXPECT_TRUE(show().has_gate());
}

TEST_F(ServiceTest, TellsWhatAnUpgradeHasJustChanged) {
  write("/choice", "order=B A\nA_left=6\nA_good=1\nB_left=3\nB_good=0\n");
  EXPECT_TRUE(show().slots(1).is_next());
  write("/choice", "order=A B\nA_left=6\nA_good=1\nB_left=0\nB_good=0\n");
  EXPECT_FALSE(show().slots(1).is_next());
}

TEST_F(ServiceTest, RestartsAndSwitchesOff) {
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_restart(); }).error(), "");
  wait_until([this] { return calls().find("start reboot.target\n") != std::string::npos; });
  EXPECT_TRUE(std::filesystem::exists(places_.at("/data/restarted")));
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_restart()->set_power_off(true); }).error(), "");
  wait_until([this] { return calls().find("start poweroff.target\n") != std::string::npos; });
  // Whoever switches it on stands before it.
  EXPECT_FALSE(std::filesystem::exists(places_.at("/data/restarted")));
}

TEST_F(ServiceTest, SetsTheClockWithAUnitThatMay) {
  write("/usr/lib/clock-epoch", "");
  const auto set = [this](std::int64_t at) {
    return ask([at](v1::Request& r) { r.mutable_set_time()->set_unix_s(at); }).error();
  };
  EXPECT_EQ(set(4'000'000'000), "");
  EXPECT_THAT(calls(), HasSubstr("systemctl start junctor-clock@4000000000.service\n"));
  EXPECT_EQ(set(1'000'000'000), "a time before the date of this version cannot be true");
  EXPECT_EQ(calls().find("@1000000000"), std::string::npos);
  program("/bin/systemctl", "exit 1\n");
  EXPECT_EQ(set(4'000'000'000), "it cannot be set (show log)");
}

TEST_F(ServiceTest, ThePowerButtonSwitchesOffAtOnce) {
  write("/sys/class/input/event0/device/capabilities/key", "10000000000000 0\n");
  const std::string device = places_.at("/dev/input/event0");
  std::filesystem::create_directories(places_.at("/dev/input"));
  ASSERT_EQ(mkfifo(device.c_str(), 0600), 0);
  service_.reset();
  start();
  input_event press{};
  press.type = EV_KEY;
  press.code = KEY_POWER;
  press.value = 1;
  std::ofstream(device, std::ios::binary)
      .write(reinterpret_cast<const char*>(&press), sizeof press);
  wait_until([this] { return calls().find("start poweroff.target\n") != std::string::npos; });
}

TEST_F(ServiceTest, AFactoryResetLeavesAMarkForTheNextStart) {
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_factory_reset(); }).error(), "");
  EXPECT_TRUE(std::filesystem::exists(places_.at("/data/factory-reset")));
  wait_until([this] { return calls().find("reboot") != std::string::npos; });
}

TEST_F(ServiceTest, AFactoryResetOfAPartitionThatCannotBeMountedMarksIt) {
  write("/run/no-data", "");
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_factory_reset(); }).error(),
            "there is no data partition that could be made anew");
  write("/dev/junctor/data", std::string(100000, 'x'));
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_factory_reset(); }).error(), "");
  EXPECT_EQ(read_file(places_.at("/dev/junctor/data")),
            "junctor: to be wiped" + std::string(100000 - 20, 'x'));
  EXPECT_FALSE(std::filesystem::exists(places_.at("/data/factory-reset")));
  wait_until([this] { return calls().find("reboot") != std::string::npos; });
}

TEST_F(ServiceTest, TellsWhatBecameOfADamagedPartition) {
  const struct {
    const char* status;
    bool was_repaired;
    bool is_damaged;
  } rows[] = {{"0", false, false},
              {"1", true, false},
              {"3", true, false},
              {"5", true, true},
              {"8", false, true}};
  for (const auto& row : rows) {
    write("/run/fsck.status", row.status);
    const v1::System system = show();
    EXPECT_EQ(system.data().was_repaired(), row.was_repaired) << row.status;
    EXPECT_EQ(system.data().is_damaged(), row.is_damaged) << row.status;
  }
}

TEST_F(ServiceTest, GoesBackOnlyToWhatWasGood) {
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_rollback(); }).error(), "");
  EXPECT_THAT(calls(), HasSubstr("slots set-primary B\n"));
  write("/choice", "order=A B\nA_left=6\nA_good=1\nB_left=0\nB_good=0\n");
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_rollback(); }).error(),
            "slot B holds no version that was declared good");
}

TEST_F(ServiceTest, TakesBackWhatWasAboutToStart) {
  for (const char* is_good : {"0", "1"}) {
    write("/calls", "");
    write("/choice",
          std::string("order=B A\nA_left=6\nA_good=1\nB_left=3\nB_good=") + is_good + "\n");
    EXPECT_EQ(ask([](v1::Request& r) { r.mutable_rollback(); }).error(), "");
    EXPECT_THAT(calls(), HasSubstr("slots set-primary A\n"));
  }
}

TEST_F(ServiceTest, KnowsTheOtherVersionWhereRaucHasNoMemoryOfIt) {
  write("/data/rauc/central.raucs", "");
  EXPECT_EQ(show().slots(1).version(), "");
  write("/run/junctor-other-version", "0.8.0\n");
  EXPECT_EQ(show().slots(1).version(), "0.8.0");
  EXPECT_EQ(show().slots(0).version(), "1.0.0");
}

TEST_F(ServiceTest, BytesThatAreNoRequestEndTheConnectionOnly) {
  auto channel = ipc::connect_once(*loop_, dir_ / "socket", {});
  ASSERT_TRUE(channel);
  (*channel)->set_callbacks(
      {.on_frame = {}, .on_closed = [&](const std::string&) { loop_->stop(); }});
  v1::Reply no_request;  // field 2 is a message in a Request, and this text is none
  no_request.set_error("x");
  (*channel)->send(no_request);
  loop_->run();
  EXPECT_FALSE((*channel)->is_open());
  EXPECT_EQ(show().version(), "1.0.0");
}

}  // namespace
}  // namespace junctor::appliance
