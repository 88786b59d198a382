// SPDX-License-Identifier: MIT
// Calls of the gateway with itself: its numbers, its echo, and what is written down of them. Trunk spare (peer d) plays
// the loopback here; controlplane/app/loopback_test.cpp has the whole way.
#include "controlplane/b2bua/loopback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using ::testing::HasSubstr;
using testing::World;

constexpr std::string_view kEcho = R"(
    > d INVITE to=echo sdp:gua
    < d 200 INVITE sdp:ua
    > d ACK
)";

class LoopbackTest : public ::testing::Test {
 protected:
  LoopbackTest() { world.board->set_loopback(world.trunks.find("spare")); }
  std::string trunk_of_record() const {
    return world.journal.finished.empty() ? "" : world.journal.finished.back().trunk_in();
  }

  World world;
};

TEST(Loopback, ItsTrunkIsItsOwnPeer) {
  World world;
  const auto trunk = make_loopback_trunk(*SocketAddress::parse("127.0.0.1:40000"), world.plugins);
  ASSERT_TRUE(trunk.ok()) << trunk.error().text();
  EXPECT_EQ((*trunk)->peers().front().hop, (Hop{std::string(kLoopback), Transport::Udp,
                                                *SocketAddress::parse("127.0.0.1:40000")}));
  EXPECT_EQ((*trunk)->media_address().text(), "127.0.0.1");
  EXPECT_TRUE((*trunk)->has_room());
  EXPECT_THAT((*trunk)->codecs(), ::testing::UnorderedElementsAre("PCMA", "PCMU"));
  const RouteDecision relay = route_loopback(*trunk, "relay");
  ASSERT_EQ(relay.targets.size(), 1u);
  EXPECT_EQ(relay.targets[0].called, "echo");
  EXPECT_EQ(route_loopback(*trunk, "100").status, 404);
}

TEST_F(LoopbackTest, TheEchoSendsBackWhatItHears) {
  ASSERT_EQ(world.play(kEcho), "");
  ASSERT_EQ(world.board->show("").size(), 1u);
  EXPECT_EQ(world.board->show("")[0].state(), "echoing");
  EXPECT_TRUE(world.session().endpoint().echo());
  EXPECT_EQ(world.session().legs_size(), 1);
  EXPECT_EQ(world.session().timeout_s(), 60u);
  ASSERT_EQ(world.play("> d BYE\n< d 200 BYE\n"), "");
  EXPECT_EQ(world.leftovers(), "");
  EXPECT_TRUE(world.journal.finished.empty());
  EXPECT_EQ(world.journal.saves, 0u);
}

TEST_F(LoopbackTest, TheEchoEndsInEveryWay) {
  const struct {
    const char* sentence;
    std::string script;
  } rows[] = {
      {"silence", std::string(kEcho) + "> media timeout\n< d BYE\n> d 200 BYE\n"},
      {"no session", std::string(kEcho) + "> media refused\n< d BYE\n> d 200 BYE\n"},
      {"the operator", std::string(kEcho) + "> operator clears\n< d BYE\n> d 200 BYE\n"},
      {"it lasts too long",
       std::string(kEcho) + "> time 64000\n> time 1500\n< d BYE\n> d 200 BYE\n"},
      {"never acknowledged",
       "> d INVITE to=echo sdp:u\n< d 200 INVITE sdp:u\n> d NOACK\n< d BYE\n> d 200 BYE\n"},
      {"no codec that it speaks", "> d INVITE to=echo sdp:g\n< d 488 INVITE\n> d ACK\n"},
      {"a description that is none", "> d INVITE to=echo bad\n< d 400 INVITE\n> d ACK\n"},
      {"a hold is agreed to", std::string(kEcho) +
                                  "> d INVITE sdp:u,sendonly\n< d 200 INVITE sdp:u,recvonly\n"
                                  "> d ACK\n> d BYE\n< d 200 BYE\n"},
      {"whoever offers nothing is offered",
       "> d INVITE to=echo\n< d 200 INVITE sdp:ua\n> d ACK sdp:u\n> d BYE\n< d 200 BYE\n"},
  };
  for (const auto& row : rows) {
    World one;
    one.board->set_loopback(one.trunks.find("spare"));
    EXPECT_EQ(one.play(row.script), "") << row.sentence;
    EXPECT_EQ(one.leftovers(), "") << row.sentence;
    EXPECT_TRUE(one.journal.finished.empty()) << row.sentence;
  }
}

TEST_F(LoopbackTest, OthersReachNoneOfItsNumbers) {
  ASSERT_EQ(world.play("> a INVITE to=echo sdp:u\n< a 404 INVITE\n> a ACK\n"), "");
  EXPECT_EQ(trunk_of_record(), "pbx") << "and it is a call like others";
  World plain;
  ASSERT_EQ(plain.play("> d INVITE to=echo sdp:u\n< d 404 INVITE\n> d ACK\n"), "") << "no loopback";
}

TEST_F(LoopbackTest, TheRelayIsACallThatIsNotWrittenDown) {
  ASSERT_EQ(world.play(R"(
      > d INVITE to=relay sdp:u
      < d INVITE sdp:u)"),
            "");
  EXPECT_THAT(world.last_sent('d', "INVITE").request_uri(), HasSubstr("sip:echo@"));
  EXPECT_TRUE(world.journal.calls.empty());
  world.act("operator clears");
  world.fall_silent();
  EXPECT_EQ(world.leftovers(), "");
  EXPECT_TRUE(world.journal.finished.empty());
}

TEST(Loopback, TakesNobodysPlace) {
  Switchboard::Settings settings;
  settings.max_calls = 1;
  World world(settings);
  world.board->set_loopback(world.trunks.find("spare"));
  const TestOrder order{world.trunks.find("spare"), std::string(kLoopbackRelay), "junctor", false,
                        Seconds{2}};
  ASSERT_EQ(world.play("> a INVITE sdp:u\n< b INVITE sdp:u\n"), "");
  ASSERT_TRUE(world.board->start_test(order).ok()) << "the gateway is full";
  world.take_output();
  constexpr std::string_view kOne = "> d INVITE to=echo sdp:u new\n< d 200 INVITE sdp:u\n> d ACK\n";
  ASSERT_EQ(world.play(kOne), "");
  ASSERT_EQ(world.play(kOne), "");
  EXPECT_EQ(world.board->calls(), 4u);
  EXPECT_EQ(world.play("> c INVITE sdp:u new\n< c 503 INVITE\n"), "") << "of others there is one";
}

TEST(Loopback, IsStillHeardWhileTheLastCallsAreWaitedFor) {
  Switchboard::Settings settings;
  World world(settings);
  world.board->set_loopback(world.trunks.find("spare"));
  ASSERT_EQ(world.play("> a INVITE sdp:u\n< b INVITE sdp:u\n"), "");
  settings.takes_calls = false;
  world.board->set_settings(settings);
  ASSERT_EQ(world.play("> c INVITE sdp:u new\n< c 503 INVITE\n"), "");
  const TestOrder order{world.trunks.find("spare"), std::string(kLoopbackRelay), "junctor", false,
                        Seconds{2}};
  ASSERT_TRUE(world.board->start_test(order).ok()) << "a version on trial cannot be judged";
  world.take_output();
  constexpr std::string_view kOne = "> d INVITE to=echo sdp:u new\n< d 200 INVITE sdp:u\n> d ACK\n";
  ASSERT_EQ(world.play(kOne), "");
  EXPECT_EQ(world.play("> c INVITE sdp:u new\n< c 503 INVITE\n"), "") << "of others there is none";
}

TEST(Loopback, MayNotBeginWhereNoCallMay) {
  Switchboard::Settings settings;
  settings.max_calls = 0;
  World world(settings);
  world.board->set_loopback(world.trunks.find("spare"));
  EXPECT_FALSE(world.board
                   ->start_test({world.trunks.find("spare"), std::string(kLoopbackRelay), "junctor",
                                 false, Seconds{2}})
                   .ok());
}

TEST_F(LoopbackTest, ItsOwnToneIsToldFromOthers) {
  const struct {
    const char* sentence;
    std::uint32_t ms, hz_x10, permille;
    bool is_heard;
  } rows[] = {{"all of it", 1960, 10041, 985, true},
              {"another tone", 1960, 4250, 985, false},
              {"near to it is not it", 1960, 10200, 985, false},
              {"half of the time", 1000, 10039, 500, true},
              {"too short", 900, 10040, 1000, false},
              {"mostly noise", 1960, 10040, 300, false},
              {"nothing", 0, 0, 0, false}};
  for (const auto& row : rows) {
    World one;
    one.board->set_loopback(one.trunks.find("spare"));
    const auto id = one.board->start_test(
        {one.trunks.find("spare"), std::string(kLoopbackRelay), "junctor", false, Seconds{2}});
    ASSERT_TRUE(id.ok()) << row.sentence;
    one.media.heard.emplace();
    one.media.heard->set_heard_ms(row.ms);
    one.media.heard->set_tone_hz_x10(row.hz_x10);
    one.media.heard->set_tone_permille(row.permille);
    one.play("> d 200 INVITE sdp:u\n");
    EXPECT_FALSE(one.board->test(*id)->loopback_heard()) << row.sentence << ": it lasts still";
    one.play("> time 2010\n> d 200 BYE\n");
    EXPECT_EQ(one.board->test(*id)->loopback_heard(), row.is_heard) << row.sentence;
  }
}

TEST_F(LoopbackTest, ATestCallOnItIsOneAtATimeAndNotWrittenDown) {
  const TestOrder order{world.trunks.find("spare"), std::string(kLoopbackRelay), "junctor", false,
                        Seconds{2}};
  const auto id = world.board->start_test(order);
  ASSERT_TRUE(id.ok()) << id.error().text();
  const auto second = world.board->start_test(order);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, "a loopback call lasts already");
  ASSERT_EQ(world.play("< d INVITE sdp:ua\n> d 200 INVITE sdp:u\n< d ACK\n"), "");
  EXPECT_TRUE(world.board->test(*id)->loopback());
  EXPECT_TRUE(world.journal.calls.empty()) << "a restart knows nothing of it";
  ASSERT_EQ(world.play("> time 2010\n< d BYE\n> d 200 BYE\n"), "");
  EXPECT_EQ(world.leftovers(), "");
  EXPECT_TRUE(world.journal.finished.empty());
  EXPECT_TRUE(world.board->start_test(order).ok()) << "the next one";
}

}  // namespace
}  // namespace junctor::cp
