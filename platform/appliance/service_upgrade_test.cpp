// SPDX-License-Identifier: MIT
// The service installs: where a bundle comes from, why it is refused, what is written down before; keys.
#include <gmock/gmock.h>

#include "management/v1/management.pb.h"
#include "platform/appliance/service_fixture.hpp"
#include "platform/ipc/fake_server.hpp"

namespace junctor::appliance {
namespace {

using testing::HasSubstr;

// systemd-run(1), as far as it is used: its options, and a program.
constexpr const char* kRunsBeside = "while [ \"${1#-}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n";

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

}  // namespace
}  // namespace junctor::appliance
