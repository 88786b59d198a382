// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/cli/commands.hpp"
#include "platform/cli/text_sink.hpp"
#include "platform/console/language.hpp"

namespace junctor::cli {
namespace {

using appliance::v1::System;
using console::Outcome;
using management::v1::Reply;
using management::v1::Request;
using testing::HasSubstr;

class ApplianceCommandsTest : public testing::Test {
 protected:
  Outcome run(const std::vector<std::string>& words) {
    page_.text.clear();
    const CommandTable table(appliance_commands(link_));
    const CommandRow* row = table.find(words);
    EXPECT_NE(row, nullptr);
    return row == nullptr ? Outcome::failed("no row") : row->run({words, {}, false}, page_);
  }
  Result<Reply> answer(const Request& request) {
    Reply reply;
    if (request.has_show_system()) {
      if (silent_ > 0 && silent_-- > 0) return Error{"", "no answer"};
      *reply.mutable_system() = systems_.front();
      if (systems_.size() > 1) systems_.erase(systems_.begin());
      return reply;
    }
    asked_.push_back(request.request_system());
    if (!error_.empty()) return Error{"", error_};
    return reply;
  }
  static System system(const char* work = "", std::uint32_t percent = 0) {
    System out;
    out.set_version("1.0.0");
    out.set_uptime_s(125);
    out.mutable_gate()->set_state("good");
    out.mutable_data()->set_size_bytes(2000000000);
    out.mutable_data()->set_free_bytes(1000000000);
    auto& a = *out.add_slots();
    a.set_name("A");
    a.set_version("1.0.0");
    a.set_is_running(true);
    a.set_is_next(true);
    a.set_is_good(true);
    a.set_starts_left(6);
    auto& b = *out.add_slots();
    b.set_name("B");
    if (*work != '\0') {
      out.mutable_work()->set_source("new.raucb");
      out.mutable_work()->set_state(work);
      out.mutable_work()->set_percent(percent);
    }
    return out;
  }

  GatewayLink link_{[this](Request request) { return answer(request); }, [] { return 0; }};
  std::vector<System> systems_{system()};
  std::vector<management::v1::RequestSystem> asked_;
  std::string error_;
  int silent_ = 0;  // so many questions get no answer
  TextSink page_;
};

TEST_F(ApplianceCommandsTest, ShowsTheMachineAndItsSlots) {
  run({"show", "system"});
  EXPECT_THAT(page_.text, HasSubstr("up       2:05\n"));
  EXPECT_THAT(page_.text, HasSubstr("1.0 GB free of 2.0 GB"));
  EXPECT_THAT(page_.text, HasSubstr("A     1.0.0    runs   good    6            -"));
  EXPECT_THAT(page_.text, HasSubstr("B     -        empty  -       -            -"));
  systems_[0].mutable_data()->set_is_missing(true);
  systems_[0].mutable_gate()->set_state("trial");
  systems_[0].mutable_gate()->set_waits_for("junctor-dataplane is not there");
  run({"show", "system"});
  EXPECT_THAT(page_.text, HasSubstr("missing: everything is kept in memory"));
  EXPECT_THAT(page_.text, HasSubstr("waits: junctor-dataplane is not there"));
}

TEST_F(ApplianceCommandsTest, ShowsTheTimeAndWhereItIsFrom) {
  systems_[0].set_now_unix_ms(1800000000000);
  run({"show", "system"});
  EXPECT_THAT(page_.text, HasSubstr("time     2027-01-15 08:00:00 UTC, of the clock alone\n"));
  systems_[0].set_is_time_synchronized(true);
  systems_[0].set_is_time_wrong(true);
  run({"show", "system"});
  EXPECT_THAT(page_.text, HasSubstr("UTC, from a time server, before this version\n"));
}

TEST_F(ApplianceCommandsTest, SaysThatTheDiskIsFull) {
  const struct {
    std::uint64_t free;
    const char* says;
  } rows[] = {{1000000000, "of 2.0 GB\n"}, {99000000, "nearly full"}, {1000000, "full: nothing"}};
  for (const auto& row : rows) {
    systems_[0].mutable_data()->set_free_bytes(row.free);
    run({"show", "system"});
    EXPECT_THAT(page_.text, HasSubstr(row.says));
  }
}

TEST_F(ApplianceCommandsTest, SaysWhatBecameOfADamagedDisk) {
  systems_[0].mutable_data()->set_was_repaired(true);
  run({"show", "system"});
  EXPECT_THAT(page_.text, HasSubstr("of 2.0 GB, repaired at this start\n"));
  systems_[0].mutable_data()->set_is_damaged(true);
  run({"show", "system"});
  EXPECT_THAT(page_.text, HasSubstr("not all of it could be repaired"));
}

TEST_F(ApplianceCommandsTest, ShowsAddsAndRevokesKeys) {
  auto& root = *systems_[0].add_keyring();
  root.set_subject("CN=root");
  root.set_fingerprint("0123456789abcdef0123");
  auto& list = *systems_[0].add_keyring();
  list.set_subject("CN=root");
  list.set_is_list(true);
  list.set_revoked(2);
  run({"show", "system", "keyring"});
  EXPECT_THAT(page_.text, HasSubstr("0123456789abcdef  CN=root  image  trusted"));
  EXPECT_THAT(page_.text, HasSubstr("2 revoked"));
  run({"request", "system", "keyring", "revoke", "0123456789abcdef"});
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].what().revoke_key().fingerprint(), "0123456789abcdef");
  systems_ = {system("done")};
  systems_[0].mutable_work()->set_step("1 certificates are added");
  run({"request", "system", "keyring", "add", "usb:keys"});
  EXPECT_EQ(asked_[1].what().add_keys().source(), "usb:keys");
  EXPECT_THAT(page_.text, HasSubstr("done, 1 certificates are added\n"));
}

TEST_F(ApplianceCommandsTest, AMachineThatIsSilentForAMomentIsStillFollowed) {
  systems_ = {system("installing", 10), system("installing", 20), system("done")};
  silent_ = 11;
  run({"request", "system", "software", "add", "new.raucb"});
  EXPECT_THAT(page_.text, HasSubstr("the next start takes it"));
  systems_ = {system("installing", 10)};
  silent_ = 12;
  EXPECT_EQ(run({"request", "system", "software", "add", "new.raucb"}).text, "no answer");
}

TEST_F(ApplianceCommandsTest, RestartsAndSwitchesOff) {
  const struct {
    std::vector<std::string> words;
    bool power_off, now, force;
  } rows[] = {{{"request", "system", "reboot"}, false, false, false},
              {{"request", "system", "reboot", "now"}, false, true, false},
              {{"request", "system", "reboot", "force"}, false, true, true},
              {{"request", "system", "shutdown"}, true, false, false},
              {{"request", "system", "shutdown", "now"}, true, true, false},
              {{"request", "system", "shutdown", "force"}, true, true, true}};
  for (const auto& row : rows) {
    asked_.clear();
    run(row.words);
    ASSERT_EQ(asked_.size(), 1U);
    EXPECT_TRUE(asked_[0].what().has_restart());
    EXPECT_EQ(asked_[0].what().restart().power_off(), row.power_off);
    EXPECT_EQ(asked_[0].what().restart().force(), row.force);
    EXPECT_EQ(asked_[0].now(), row.now);
  }
}

TEST_F(ApplianceCommandsTest, AFactoryResetAsksFirst) {
  for (const auto& answer : {std::optional<std::string>(), std::optional<std::string>("no")}) {
    page_.answer = answer;
    EXPECT_EQ(run({"request", "system", "factory-reset"}).text, "nothing is deleted");
    EXPECT_TRUE(asked_.empty());
  }
  page_.answer = "yes";
  run({"request", "system", "factory-reset"});
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_TRUE(asked_[0].what().has_factory_reset());
}

TEST_F(ApplianceCommandsTest, FollowsAnUpgradeToItsEndAndRestartsIfAskedTo) {
  systems_ = {system("fetching", 10), system("installing", 40), system("installing", 40),
              system("done", 100)};
  EXPECT_EQ(run({"request", "system", "software", "add", "new.raucb", "force", "reboot"}).kind,
            Outcome::Kind::Done);
  EXPECT_THAT(page_.text,
              HasSubstr("new.raucb: fetching 10%\nnew.raucb: installing 40%\nnew.raucb: done\n"));
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[0].what().add_software().source(), "new.raucb");
  EXPECT_TRUE(asked_[0].what().add_software().force());
  EXPECT_TRUE(asked_[1].what().has_restart());
}

TEST_F(ApplianceCommandsTest, AnUpgradeThatIsNotWaitedForGoesOn) {
  systems_ = {system("installing", 10)};
  page_.interrupted = true;
  EXPECT_EQ(run({"request", "system", "software", "add", "new.raucb"}).text,
            "not waited for: it goes on (show system software)");
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_THAT(run({"request", "system", "software", "add", "new.raucb", "reboot"}).text,
              HasSubstr("but nothing restarts (request system reboot)"));
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(ApplianceCommandsTest, AFailedUpgradeSaysWhyAndDoesNotRestart) {
  systems_ = {system("failed")};
  systems_[0].mutable_work()->set_error("signature verification failed");
  const Outcome outcome = run({"request", "system", "software", "add", "new.raucb", "reboot"});
  EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
  EXPECT_EQ(outcome.text, "signature verification failed");
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(ApplianceCommandsTest, AReturnSaysWhatTheNextStartTakes) {
  systems_[0].mutable_slots(0)->set_is_next(false);
  systems_[0].mutable_slots(1)->set_is_next(true);
  systems_[0].mutable_slots(1)->set_version("0.9.0");
  run({"request", "system", "software", "rollback"});
  EXPECT_EQ(page_.text, "the next start takes slot B, version 0.9.0 (request system reboot)\n");
  systems_ = {system()};
  run({"request", "system", "software", "rollback"});
  EXPECT_EQ(page_.text, "the next start takes slot A, version 1.0.0, which runs\n");
}

TEST_F(ApplianceCommandsTest, SetsTheTime) {
  run({"request", "system", "time", "set", "2027-01-15", "08:00"});
  run({"request", "system", "time", "set", "2028-02-29", "23:59:59"});
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[0].what().set_time().unix_s(), 1800000000);
  EXPECT_EQ(asked_[1].what().set_time().unix_s(), 1835481599);
  EXPECT_THAT(page_.text, HasSubstr("the time is set; a time server"));
  const struct {
    std::vector<std::string> words;
    std::size_t wrong;
  } rows[] = {{{}, 4},
              {{"2027-01-15"}, 5},
              {{"2027-02-29", "08:00"}, 4},
              {{"2027-1-5", "08:00"}, 4},
              {{"15.01.2027", "08:00"}, 4},
              {{"2027-01-15", "24:00"}, 5},
              {{"2027-01-15", "08:00:60"}, 5},
              {{"2027-01-15", " 8:00"}, 5},
              {{"2027-01-15", "08:00", "CET"}, 6}};
  for (const auto& row : rows) {
    std::vector<std::string> words{"request", "system", "time", "set"};
    words.insert(words.end(), row.words.begin(), row.words.end());
    EXPECT_EQ(run(words).word, row.wrong) << testing::PrintToString(row.words);
  }
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(ApplianceCommandsTest, WrongWordsAreUnderTheirCaret) {
  EXPECT_EQ(run({"request", "system", "software", "add", "x", "now"}).word, 5U);
  EXPECT_EQ(run({"request", "system", "software", "add", "x", "reboot", "force"}).word, 6U);
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace junctor::cli
