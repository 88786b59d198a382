// SPDX-License-Identifier: MIT
// The service over its socket, in a folder in place of /; rauc, systemctl and slots are scripts that write down how
// they were called.
#include "platform/appliance/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "management/v1/management.pb.h"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

using testing::HasSubstr;

// systemd-run(1), as far as it is used: its options, and a program.
constexpr const char* kRunsBeside = "while [ \"${1#-}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n";

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    write("/proc/cmdline", "quiet junctor.slot=A\n");
    write("/proc/uptime", "120.5 200.0\n");
    write("/etc/os-release", "NAME=Junctor\nVERSION_ID=1.0.0\n");
    write("/data/rauc/central.raucs", "[slot.rootfs.1]\nbundle.version=0.9.0\n");
    std::filesystem::create_directories(places_.at("/run/junctor-appliance"));
    program("/usr/lib/junctor/slots", "[ \"$1\" != show ] || cat " + places_.at("/choice") + "\n");
    write("/choice", "order=A B\nA_left=6\nA_good=1\nB_left=6\nB_good=1\n");
    program("/bin/systemctl", "");
    program("/bin/rauc", "");
    path_ = getenv("PATH");
    setenv("PATH", (places_.at("/bin") + ":" + path_).c_str(), 1);
    start();
  }
  void start() {
    auto service = Service::start(*loop_, {.places = places_,
                                           .socket_path = dir_ / "socket",
                                           .management_path = dir_ / "management",
                                           .user = geteuid()});
    EXPECT_TRUE(service);
    service_ = std::move(*service);
    wait_until(
        [this] { return ask([](v1::Request& r) { r.mutable_show(); }).system().has_gate(); });
  }
  ~ServiceTest() override { setenv("PATH", path_.c_str(), 1); }

  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = places_.at(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void program(const std::string& path, const std::string& body) {
    write(path, "#!/bin/sh\necho \"${0##*/} $*\" >>" + places_.at("/calls") + "\n" + body);
    chmod(places_.at(path).c_str(), 0755);
  }
  std::string calls() const { return read_file(places_.at("/calls")); }

  v1::Reply ask(const std::function<void(v1::Request&)>& fill) {
    v1::Request request;
    request.set_id(5);
    fill(request);
    v1::Reply reply;
    auto channel = ipc::connect_once(*loop_, dir_ / "socket", {});
    EXPECT_TRUE(channel);
    (*channel)->set_callbacks({.on_frame =
                                   [&](Bytes frame) {
                                     EXPECT_TRUE(ipc::parse_frame(frame, reply));
                                     loop_->stop();
                                   },
                               .on_closed = [&](const std::string&) { loop_->stop(); }});
    (*channel)->send(request);
    loop_->run();
    EXPECT_EQ(reply.id(), 5U);
    return reply;
  }
  v1::System show() {
    return ask([](v1::Request& r) { r.mutable_show(); }).system();
  }
  void wait_until(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1000 && !is_so(); ++i) {
      const auto moment = loop_->after(Milliseconds{10}, [this] { loop_->stop(); });
      loop_->run();
    }
    EXPECT_TRUE(is_so());
  }
  v1::Work add(const std::string& source, bool force = false) {
    const auto reply = ask([&](v1::Request& r) {
      r.mutable_add_software()->set_source(source);
      r.mutable_add_software()->set_force(force);
    });
    EXPECT_EQ(reply.error(), "");
    wait_until([this] {
      const std::string state = show().work().state();
      return state == "done" || state == "failed";
    });
    return show().work();
  }

  const ipc::TempDir dir_;
  const Places places_{dir_ / "root"};
  std::string path_;
  const std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::unique_ptr<Service> service_;
};

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

TEST_F(ServiceTest, InstallsAFileOfTheExportFolder) {
  write("/var/lib/junctor/export/new.raucb", "bundle");
  program("/bin/rauc", "echo installing; echo '  0% Installing'; echo ' 40% Checking bundle'\n");
  const v1::Work work = add("new.raucb");
  EXPECT_EQ(work.state(), "done") << work.error();
  EXPECT_EQ(work.percent(), 100U);
  EXPECT_THAT(calls(),
              HasSubstr("rauc install " + places_.at("/var/lib/junctor/export/new.raucb")));
}

TEST_F(ServiceTest, SaysWhyABundleIsRefused) {
  write("/var/lib/junctor/export/new.raucb", "bundle");
  const struct {
    std::string said, reason;
  } rows[] = {
      {"signature verification failed", "signature verification failed"},
      {"failed: CMS routines::no signers",
       "nobody has signed it (failed: CMS routines::no signers)"},
      {"Signature size is 0", "it has no signature, or is not whole (Signature size is 0)"},
  };
  for (const auto& row : rows) {
    program("/bin/rauc", "echo 'LastError: " + row.said + "'; exit 1\n");
    const v1::Work work = add("new.raucb");
    EXPECT_EQ(work.state(), "failed");
    EXPECT_EQ(work.error(), row.reason);
  }
  program("/bin/rauc", "echo 'version 0.1 is older' >" +
                           places_.at("/run/junctor-appliance/refusal") +
                           "; echo 'LastError: handler failed'; exit 1\n");
  EXPECT_EQ(add("new.raucb").error(), "version 0.1 is older");
}

TEST_F(ServiceTest, ForceIsThereWhileItIsInstalledAndNoLonger) {
  write("/var/lib/junctor/export/new.raucb", "bundle");
  program("/bin/rauc", "[ -e " + places_.at("/run/junctor-appliance/force") + " ]\n");
  EXPECT_EQ(add("new.raucb").state(), "failed");
  EXPECT_EQ(add("new.raucb", true).state(), "done");
  EXPECT_FALSE(std::filesystem::exists(places_.at("/run/junctor-appliance/force")));
}

TEST_F(ServiceTest, TakesASourceFromNowhereElse) {
  const char* const sources[] = {"",        "../passwd",  "/etc/passwd", "-x",
                                 ".hidden", "http://a/b", "https://",    "usb:../x",
                                 "usb:",    "a b",        "https://a b", "file:///etc/passwd"};
  for (const char* source : sources) {
    const auto reply = ask([&](v1::Request& r) { r.mutable_add_software()->set_source(source); });
    EXPECT_THAT(reply.error(), HasSubstr("is neither")) << source;
  }
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_add_software()->set_source("none.raucb"); }).error(),
            "there is no file none.raucb");
  EXPECT_THAT(calls(), testing::Not(HasSubstr("rauc")));
}

TEST_F(ServiceTest, InstallsWhatAServerGives) {
  program("/bin/systemd-run", kRunsBeside);
  program("/bin/curl", "echo '####   41.5%' >&2; printf bundle\n");
  const std::string file = places_.at("/data/upgrade/download.raucb");
  std::filesystem::create_directories(places_.at("/data/upgrade"));
  program("/bin/rauc", "[ \"$2\" = " + file + " ] && [ \"$(cat $2)\" = bundle ]\n");
  EXPECT_EQ(add("https://a/b").state(), "done");
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_THAT(calls(), testing::Not(HasSubstr("--cacert")));
}

TEST_F(ServiceTest, SaysWhyAServerGivesNothing) {
  program("/bin/systemd-run", kRunsBeside);
  program("/bin/curl",
          "printf part; echo 'curl: (22) The requested URL returned error: 404' >&2; exit 22\n");
  std::filesystem::create_directories(places_.at("/data/upgrade"));
  const v1::Work work = add("https://a/b");
  EXPECT_EQ(work.state(), "failed");
  EXPECT_EQ(work.error(),
            "the server does not give the file: The requested URL returned error: 404");
  EXPECT_FALSE(std::filesystem::exists(places_.at("/data/upgrade/download.raucb")));
  EXPECT_THAT(calls(), testing::Not(HasSubstr("rauc")));
  program("/bin/curl",
          "printf '##  78.8%%curl: (18) it ended\\nMore details here\\n' >&2; exit 18\n");
  EXPECT_EQ(add("https://a/b").error(),
            "the server ended the connection before the file was whole: it ended");
  // Cut off at the limit of its unit.
  program("/bin/curl", "truncate -s 512M /dev/stdout; exit 1\n");
  EXPECT_THAT(add("https://a/b").error(), HasSubstr("larger than 512 MiB"));
  // Nothing was run at all.
  program("/bin/systemd-run", "echo 'Failed to connect to bus: No such file' >&2; exit 1\n");
  EXPECT_EQ(add("https://a/b").error(),
            "the file cannot be fetched: Failed to connect to bus: No such file");
  // What the power has ended.
  write("/data/upgrade/download.raucb", "part");
  service_.reset();
  start();
  EXPECT_FALSE(std::filesystem::exists(places_.at("/data/upgrade/download.raucb")));
}

TEST_F(ServiceTest, TrustsTheImagesAuthoritiesAndTheConfigurations) {
  write("/etc/ssl/certs/ca-certificates.crt", "the image's\n");
  program("/bin/systemd-run", "cat " + places_.at("/run/junctor-appliance/trust.pem") + " >" +
                                  places_.at("/trusted") + "\nexit 1\n");
  std::filesystem::create_directories(places_.at("/data/upgrade"));
  ask([](v1::Request& r) {
    r.mutable_add_keys()->set_source("https://a/b");
    r.mutable_add_keys()->add_trust_anchors("of the configuration");
  });
  wait_until([this] { return show().work().state() == "failed"; });
  EXPECT_EQ(read_file(places_.at("/trusted")), "the image's\nof the configuration\n");
  EXPECT_THAT(calls(), HasSubstr("--cacert"));
  EXPECT_FALSE(std::filesystem::exists(places_.at("/run/junctor-appliance/trust.pem")));
}

TEST_F(ServiceTest, AStickIsLeftBeforeTheEndIsTold) {
  program("/bin/systemd-run", kRunsBeside);
  program("/usr/lib/junctor/usb-file", "[ \"$1\" = leave ] && sleep 0.2 || echo /stick/$2\n");
  program("/bin/rauc", "[ \"$2\" = /stick/new.raucb ]\n");
  EXPECT_EQ(add("usb:bad.raucb").state(), "failed");
  EXPECT_EQ(add("usb:new.raucb").state(), "done");  // nothing of the one before is at work
  EXPECT_EQ(add("usb:new.raucb").state(), "done");
}

TEST_F(ServiceTest, WhatATrialReturnsToIsNotWrittenOver) {
  write("/choice", "order=A B\nA_left=2\nA_good=0\nB_left=6\nB_good=1\n");
  service_.reset();
  start();
  write("/var/lib/junctor/export/new.raucb", "bundle");
  const auto reply = ask([](v1::Request& r) { r.mutable_add_software()->set_source("new.raucb"); });
  EXPECT_THAT(reply.error(), HasSubstr("on trial"));
  EXPECT_THAT(calls(), testing::Not(HasSubstr("rauc")));
  EXPECT_EQ(add("new.raucb", true).state(), "done");
}

// junctor-control, as far as the health gate asks it: "lan" has a link, "wan" has none, "gone" is not there.
class FakeControl {
 public:
  FakeControl(ipc::Loop& loop, const std::string& path) : server_(loop, path, answer) {}

 private:
  static void answer(const management::v1::Request& request, ipc::Channel& asker) {
    management::v1::Reply reply;
    reply.set_id(request.id());
    if (request.has_show_version()) {
      reply.mutable_version()->set_dataplane_connected(true);
      reply.mutable_version()->add_listeners_waiting("trunks");
      reply.mutable_version()->add_trunks_left_out("pbx");
    }
    if (request.has_get_config()) {
      for (const char* name : {"lan", "wan", "gone"})
        reply.mutable_configuration()->mutable_config()->add_interfaces()->set_name(name);
    }
    if (request.has_show_ports()) {
      for (const char* name : {"wan", "lan"}) {
        reply.add_ports()->set_name(name);
        reply.mutable_ports()->rbegin()->set_link_up(name == std::string("lan"));
      }
    }
    asker.send(reply);
  }
  ipc::FakeServer<management::v1::Request> server_;
};

TEST_F(ServiceTest, WhatDidNotWorkBeforeAnUpgradeIsWrittenDownForItsTrial) {
  const std::string file = places_.at("/data/rauc/broken-before");
  write("/var/lib/junctor/export/new.raucb", "bundle");
  EXPECT_EQ(add("new.raucb").state(), "done");
  EXPECT_FALSE(std::filesystem::exists(file)) << "nothing was seen yet";
  {
    const FakeControl control(*loop_, dir_ / "management");
    wait_until([this] { return show().gate().waits_for().empty(); });
    EXPECT_EQ(add("new.raucb").state(), "done");
  }
  EXPECT_EQ(read_file(file),
            "SIP listener trunks is not open\nport gone is not there\ntrunk pbx is left out\n"
            "port wan has no link\n");

  // Without it the version on trial waits for them, and with it not.
  for (const bool is_known : {true, false}) {
    if (!is_known) std::filesystem::remove(file);
    write("/choice", "order=A B\nA_left=2\nA_good=0\nB_left=6\nB_good=1\n");
    service_.reset();
    const FakeControl control(*loop_, dir_ / "management");
    start();
    const std::string expected =
        is_known ? ""
                 : "SIP listener trunks is not open, port gone is not there, trunk pbx is left out";
    wait_until([&] { return show().gate().waits_for() == expected; });
  }
}

TEST_F(ServiceTest, WhatAnEarlierUpgradeWroteDownIsNoMeasureOfThisOne) {
  const std::string file = places_.at("/data/rauc/broken-before");
  write("/var/lib/junctor/export/new.raucb", "bundle");
  write("/data/rauc/broken-before", "port old is not there\n");
  const auto refused = ask([](v1::Request& r) { r.mutable_add_software()->set_source("none"); });
  EXPECT_EQ(refused.error(), "there is no file none");
  EXPECT_TRUE(std::filesystem::exists(file)) << "nothing began";
  EXPECT_EQ(add("new.raucb").state(), "done");
  EXPECT_FALSE(std::filesystem::exists(file)) << "the dataplane is away";

  const FakeControl control(*loop_, dir_ / "management");
  for (const bool is_trial : {false, true}) {
    write("/data/rauc/broken-before", "port old is not there\n");
    write("/choice", is_trial ? "order=A B\nA_left=2\nA_good=0\nB_left=6\nB_good=1\n"
                              : "order=A B\nA_left=6\nA_good=1\nB_left=6\nB_good=1\n");
    service_.reset();
    start();
    wait_until([&] {
      const std::string waits_for = show().gate().waits_for();
      return is_trial ? waits_for.starts_with("SIP listener") : waits_for.empty();
    });
    EXPECT_EQ(add("new.raucb", is_trial).state(), "done");
    EXPECT_EQ(std::filesystem::exists(file), !is_trial);
    EXPECT_THAT(read_file(file), testing::Not(HasSubstr("old")));
  }
}

TEST_F(ServiceTest, TakesKeysFromAFileAndMakesRaucReadThem) {
  write("/var/lib/junctor/export/keys", "no message");
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_add_keys()->set_source("keys"); }).error(), "");
  EXPECT_EQ(show().work().state(), "failed");
  EXPECT_EQ(show().work().error(), "it is no signed message (CMS)");
  EXPECT_EQ(
      ask([](v1::Request& r) { r.mutable_revoke_key()->set_fingerprint("0123456789"); }).error(),
      "no key has a fingerprint that begins with 0123456789");
  EXPECT_THAT(calls(), testing::Not(HasSubstr("systemctl")));
  EXPECT_TRUE(std::filesystem::exists(places_.at("/run/junctor-appliance/rauc.conf")));
}

TEST_F(ServiceTest, OneUpgradeAtATime) {
  write("/var/lib/junctor/export/new.raucb", "bundle");
  program("/bin/rauc", "sleep 60\n");
  const auto begin = [](v1::Request& r) { r.mutable_add_software()->set_source("new.raucb"); };
  EXPECT_EQ(ask(begin).error(), "");
  EXPECT_EQ(ask(begin).error(), "another upgrade is at work");
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_rollback(); }).error(), "an upgrade is at work");
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_factory_reset(); }).error(),
            "an upgrade is at work");
  EXPECT_THAT(ask([](v1::Request& r) { r.mutable_restart(); }).error(), HasSubstr("say force"));
  EXPECT_THAT(calls(), testing::Not(HasSubstr("systemctl")));
  EXPECT_EQ(ask([](v1::Request& r) { r.mutable_restart()->set_force(true); }).error(), "");
  wait_until([this] { return calls().find("start reboot.target\n") != std::string::npos; });
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
