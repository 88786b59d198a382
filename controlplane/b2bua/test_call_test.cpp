// SPDX-License-Identifier: MIT
// Calls that the gateway makes itself: ladders, the dataplane's session, reports and records.
#include "controlplane/b2bua/test_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using management::v1::CallTest;
using ::testing::HasSubstr;
using testing::World;

constexpr std::string_view kAnswered = R"(
    < b INVITE sdp:ua
    > b 180 INVITE
    > b 200 INVITE sdp:u
    < b ACK
)";

class TestCallTest : public ::testing::Test {
 protected:
  std::string start(const std::string& trunk = "carrier", bool is_echo = false,
                    Seconds seconds = Seconds{5}) {
    const auto id =
        world.board->start_test({world.trunks.find(trunk), "4711", "junctor", is_echo, seconds});
    EXPECT_TRUE(id.ok()) << (id.ok() ? "" : id.error().text());
    return id.ok() ? *id : "";
  }
  CallTest test(const std::string& id) const {
    const auto found = world.board->test(id);
    EXPECT_TRUE(found.has_value());
    return found.value_or(CallTest{});
  }

  World world;
};

TEST_F(TestCallTest, IsHeardForItsTime) {
  const std::string id = start();
  EXPECT_EQ(test(id).state(), "calling");
  EXPECT_EQ(test(id).peer(), "192.0.2.20:5060");
  ASSERT_EQ(world.play(kAnswered), "");
  EXPECT_EQ(test(id).state(), "hearing");
  EXPECT_EQ(world.media.sessions.size(), 1u);
  ASSERT_EQ(world.play("> time 4990\n"), "");
  ASSERT_EQ(world.play("> time 20\n< b BYE\n> b 200 BYE\n"), "");
  const CallTest after = test(id);
  EXPECT_EQ(after.state(), "ended");
  EXPECT_EQ(after.sip_status(), 200u);
  EXPECT_EQ(after.reason(), "it was heard for its time");
  EXPECT_EQ(after.media().packets_received(), 1u);
  EXPECT_EQ(world.leftovers(), "");

  ASSERT_EQ(world.journal.finished.size(), 1u);
  const auto& record = world.journal.finished.front();
  EXPECT_EQ(record.id(), id);
  EXPECT_EQ(record.trunk_in(), "test call");
  EXPECT_EQ(record.trunk_out(), "carrier");
  EXPECT_EQ(record.calling(), "junctor");
  EXPECT_EQ(record.called(), "4711");
  EXPECT_EQ(record.sip_status(), 200u);
  EXPECT_EQ(record.ended_by(), "caller");
  ASSERT_EQ(record.media_size(), 2);
  EXPECT_EQ(record.media(1).packets_received(), 1u);
}

TEST_F(TestCallTest, ItsInviteIsThatOfACallWithG711) {
  start();
  const auto invite = world.last_sent('b', "INVITE");
  EXPECT_EQ(invite.request_uri(), "sip:4711@192.0.2.20");
  EXPECT_THAT(std::string(*invite.get("From")), HasSubstr("<sip:junctor@192.0.2.1>"));
  EXPECT_THAT(invite.body(), HasSubstr("a=ptime:20"));
  EXPECT_EQ(invite.body().find("telephone-event"), std::string::npos);
}

TEST_F(TestCallTest, TheSessionHasOneLegAndAnEndpoint) {
  start();
  ASSERT_EQ(world.play(kAnswered), "");
  const auto session = world.session();
  ASSERT_EQ(session.legs_size(), 1);
  EXPECT_TRUE(session.legs(0).send());
  EXPECT_TRUE(session.legs(0).receive());
  ASSERT_EQ(session.legs(0).payload_types_size(), 1);
  EXPECT_EQ(session.legs(0).payload_types(0).encoding(), "PCMU");
  EXPECT_EQ(session.endpoint().tone().frequency_hz(), 1004u);
  EXPECT_EQ(session.endpoint().tone().level_dbm0(), -10);
  EXPECT_FALSE(session.endpoint().echo());
  EXPECT_EQ(session.timeout_s(), 0u) << "a peer that says nothing is what it hears";
}

TEST_F(TestCallTest, MayEcho) {
  start("carrier", true);
  ASSERT_EQ(world.play(kAnswered), "");
  EXPECT_TRUE(world.session().endpoint().echo());
  EXPECT_FALSE(world.session().endpoint().has_tone());
}

TEST_F(TestCallTest, IsACallLikeOthersWhileItLasts) {
  const std::string id = start();
  ASSERT_EQ(world.play(kAnswered), "");
  EXPECT_EQ(world.board->calls(), 1u);
  EXPECT_EQ(world.trunks.find("carrier")->calls, 1u);
  EXPECT_EQ(world.trunks.find("carrier")->calls_out, 1u);
  const auto shown = world.board->show(id);
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0].state(), "hearing");
  ASSERT_EQ(shown[0].legs_size(), 2);
  EXPECT_EQ(shown[0].legs(0).trunk(), "test call");
  EXPECT_EQ(shown[0].legs(1).trunk(), "carrier");
  EXPECT_EQ(shown[0].legs(1).codec(), "PCMU/8000");
  EXPECT_EQ(world.board->last_calls(1, {}).front(), id);
  ASSERT_EQ(world.board->sip_call_ids(id).size(), 2u);
  EXPECT_EQ(world.board->sip_call_ids(id)[1], *world.last_sent('b', "INVITE").get("Call-ID"));
}

TEST_F(TestCallTest, SaysHowItFailed) {
  const struct {
    const char* sentence;
    const char* script;
    unsigned status;
    const char* reason;
  } rows[] = {
      {"busy", "< b INVITE sdp:ua\n> b 180 INVITE\n> b 486 INVITE\n", 486, "486"},
      {"every peer fails over",
       "< b INVITE sdp:ua\n> b 503 INVITE\n< c INVITE sdp:ua\n> c 503 INVITE\n", 503, "503"},
      {"rang, and nobody answers", "< b INVITE sdp:ua\n> b 180 INVITE\n> b LOCAL 408 INVITE\n", 408,
       ""},
      {"an answer that is none",
       "< b INVITE sdp:ua\n> b 200 INVITE sdp:g\n< b ACK\n< b BYE\n< c INVITE sdp:ua\n"
       "> b 200 BYE\n> c 404 INVITE\n",
       404, "404"},
  };
  for (const auto& row : rows) {
    World fresh;
    const auto id = fresh.board->start_test({fresh.trunks.find("carrier"), "4711", "j", false, {}});
    ASSERT_TRUE(id.ok());
    EXPECT_EQ(fresh.play(row.script), "") << row.sentence;
    const auto test = fresh.board->test(*id);
    ASSERT_TRUE(test);
    EXPECT_EQ(test->state(), "ended") << row.sentence;
    EXPECT_EQ(test->sip_status(), row.status) << row.sentence;
    EXPECT_THAT(test->reason(), HasSubstr(row.reason)) << row.sentence;
    EXPECT_EQ(fresh.leftovers(), "") << row.sentence;
    ASSERT_EQ(fresh.journal.finished.size(), 1u);
    EXPECT_EQ(fresh.journal.finished[0].sip_status(), row.status) << row.sentence;
  }
}

// RFC 3960: a description in a 18x is an answer already, and what comes is heard.
TEST_F(TestCallTest, HearsEarlyMediaAndSaysNothing) {
  const std::string id = start();
  ASSERT_EQ(world.play("< b INVITE sdp:ua\n> b 180 INVITE\n"), "");
  EXPECT_TRUE(world.media.sessions.empty());
  EXPECT_EQ(test(id).early_after_ms(), 0u);
  ASSERT_EQ(world.play("> b 183 INVITE sdp:u\n"), "");
  EXPECT_EQ(test(id).state(), "ringing");
  EXPECT_GT(test(id).early_after_ms(), 0u);
  EXPECT_TRUE(world.session().endpoint().listen());
  EXPECT_FALSE(world.session().legs(0).send());
  EXPECT_TRUE(world.session().legs(0).receive());
  world.media.heard.emplace().set_tone_hz_x10(4250);
  ASSERT_EQ(world.play("> b 200 INVITE sdp:u\n< b ACK\n"), "");
  EXPECT_EQ(test(id).state(), "hearing");
  EXPECT_TRUE(world.session().endpoint().has_tone());
  EXPECT_FALSE(world.session().endpoint().listen());
  EXPECT_TRUE(world.session().legs(0).send());
  EXPECT_EQ(test(id).early().tone_hz_x10(), 4250u);
  world.media.heard->set_tone_hz_x10(6200);
  ASSERT_EQ(world.play("> b BYE\n< b 200 BYE\n"), "");
  EXPECT_EQ(test(id).early().tone_hz_x10(), 4250u);
  EXPECT_EQ(test(id).heard().tone_hz_x10(), 6200u);
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, AnAnnouncementBeforeARefusalIsReported) {
  const std::string id = start();
  world.media.heard.emplace().set_heard_ms(3000);
  ASSERT_EQ(world.play("< b INVITE sdp:ua\n> b 183 INVITE sdp:u\n> b 486 INVITE\n"), "");
  EXPECT_EQ(test(id).early().heard_ms(), 3000u);
  EXPECT_FALSE(test(id).has_heard());
  EXPECT_EQ(world.leftovers(), "");
  // Of a peer after which another is tried its port is free before the next one has its own.
  const std::string next = start();
  ASSERT_EQ(world.play("< b INVITE sdp:ua\n> b 183 INVITE sdp:u\n> b 503 INVITE\n"
                       "< c INVITE sdp:ua\n"),
            "");
  EXPECT_TRUE(world.media.sessions.empty());
  EXPECT_EQ(test(next).early_after_ms(), 0u);
  ASSERT_EQ(world.play("> c 404 INVITE\n"), "");
  EXPECT_FALSE(test(next).has_early());
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, TheNextPeerMayAnswer) {
  const std::string id = start();
  ASSERT_EQ(world.play(R"(
    < b INVITE sdp:ua
    > b 503 INVITE
    < c INVITE sdp:ua
    > c 200 INVITE sdp:a
    < c ACK
    > c BYE
    < c 200 BYE)"),
            "");
  EXPECT_EQ(test(id).peer(), "192.0.2.21:5060");
  EXPECT_EQ(test(id).ended_by(), "callee");
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, HangingUpCancelsOrEnds) {
  const std::string ringing = start();
  ASSERT_EQ(world.play("< b INVITE sdp:ua\n> b 180 INVITE\n"), "");
  world.board->end_test(ringing);
  EXPECT_EQ(test(ringing).state(), "ended");
  EXPECT_EQ(test(ringing).ended_by(), "caller");
  ASSERT_EQ(world.play("< b CANCEL\n> b 487 INVITE\n"), "");
  EXPECT_EQ(world.journal.finished.back().sip_status(), 487u);

  const std::string answered = start();
  ASSERT_EQ(world.play(kAnswered), "");
  world.board->end_test(answered);
  world.board->end_test(answered);
  ASSERT_EQ(world.play("< b BYE\n> b 200 BYE\n"), "");
  EXPECT_EQ(test(answered).reason(), "hung up by who asked for it");
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, ChangesOfThePeerAreAnswered) {
  start();
  ASSERT_EQ(world.play(kAnswered), "");
  ASSERT_EQ(world.play("> b INVITE sdp:u,sendonly\n< b 200 INVITE sdp:u,recvonly\n> b ACK\n"), "");
  EXPECT_FALSE(world.session().legs(0).send()) << "it is on hold";
  EXPECT_TRUE(world.session().legs(0).receive());
  ASSERT_EQ(world.play("> b INVITE sdp:a,port=4010\n< b 200 INVITE sdp:a\n> b ACK\n"), "");
  EXPECT_TRUE(world.session().legs(0).send());
  EXPECT_EQ(world.session().legs(0).payload_types(0).encoding(), "PCMA");
  EXPECT_EQ(world.session().legs(0).remote().port(), 4010u);
  ASSERT_EQ(world.play("> b INVITE sdp:g\n< b 488 INVITE\n> b ACK\n"), "");
  ASSERT_EQ(world.play("> b INFO dtmf\n< b 200 INFO\n> b BYE\n< b 200 BYE\n"), "");
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, ARestartEndsItAndTellsThePeer) {
  start();
  ASSERT_EQ(world.play(kAnswered), "");
  world.restart();
  EXPECT_EQ(world.take_output(), std::vector<std::string>{"b BYE"});
  EXPECT_TRUE(world.board->show("").empty());
  EXPECT_TRUE(world.media.sessions.empty());
  ASSERT_EQ(world.journal.finished.size(), 1u);
  const auto& record = world.journal.finished.front();
  EXPECT_EQ(record.trunk_in(), "test call");
  EXPECT_EQ(record.ended_by(), "gateway");
  EXPECT_GT(record.ended_unix_ms(), 0u);
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, WhatTheDataplaneRefusesEndsIt) {
  const std::string id = start();
  ASSERT_EQ(world.play(kAnswered), "");
  ASSERT_EQ(world.play("> media refused\n< b BYE\n> b 200 BYE\n"), "");
  EXPECT_THAT(test(id).reason(), HasSubstr("no room"));
  EXPECT_EQ(world.leftovers(), "");
}

TEST_F(TestCallTest, KeepsTheLimits) {
  for (int i = 0; i < 8; ++i) start();
  const TestOrder order{world.trunks.find("carrier"), "4711", "junctor", false, Seconds{5}};
  const auto ninth = world.board->start_test(order);
  ASSERT_FALSE(ninth.ok());
  EXPECT_THAT(ninth.error().message, HasSubstr("8 test calls"));

  World full({.max_calls = 0});
  const TestOrder again{full.trunks.find("carrier"), "4711", "junctor", false, Seconds{5}};
  EXPECT_FALSE(full.board->start_test(again).ok());
  World no_port;
  no_port.media.limit = 0;
  const TestOrder silent{no_port.trunks.find("carrier"), "4711", "junctor", false, Seconds{5}};
  const auto id = no_port.board->start_test(silent);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(no_port.board->test(*id)->sip_status(), 503u);
  EXPECT_EQ(no_port.leftovers(), "");
}

TEST_F(TestCallTest, TheLast16CanBeAskedFor) {
  std::vector<std::string> ids;
  for (int i = 0; i < 17; ++i) {
    ids.push_back(start());
    ASSERT_EQ(world.play("< b INVITE sdp:ua\n> b 486 INVITE\n"), "");
  }
  EXPECT_FALSE(world.board->test(ids.front()));
  EXPECT_TRUE(world.board->test(ids[1]));
  EXPECT_FALSE(world.board->test("no such call"));
  EXPECT_EQ(world.leftovers(), "");
}

}  // namespace
}  // namespace junctor::cp
