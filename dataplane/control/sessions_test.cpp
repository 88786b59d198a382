// SPDX-License-Identifier: MIT
#include "dataplane/control/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/control/test_session.hpp"

namespace junctor::dp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kA = "192.0.2.1:20000";
constexpr const char* kB = "198.51.100.1:20000";

TEST(Sessions, JoinsTwoLegsByTwoFlows) {
  Rig rig;
  const api::SessionResult result = rig.sessions.apply(session_message("s1"));
  EXPECT_EQ(result.error(), "");
  EXPECT_EQ(result.generation(), 1U);
  const FlowTemplate* a = rig.plane.at(kA);
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->expected, at("10.0.0.1:4000"));
  EXPECT_TRUE(a->receive);
  EXPECT_EQ(a->clock_rate[0], 8000U);
  EXPECT_EQ(a->clock_rate[8], 0U);
  ASSERT_TRUE(a->out);
  EXPECT_EQ(a->out->from, at(kB));
  EXPECT_EQ(a->out->to, at("10.0.1.1:5000"));
  EXPECT_EQ(a->out->dscp, 46);
  EXPECT_EQ(a->out->ssrc, 0x1000U + 20000);
  EXPECT_EQ(a->out->payload_type[101], 96);
  ASSERT_TRUE(a->out->next_hop);
  EXPECT_EQ(a->out->next_hop->destination[5], 0xb);
  const FlowTemplate* b = rig.plane.at(kB);
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->out->to, at("10.0.0.1:4000"));
  EXPECT_EQ(b->out->payload_type[96], 101);
}

TEST(Sessions, TheLoopIsAnAddressOfTheGateway) {
  Rig rig;
  api::Session session = session_message("s1");
  *session.mutable_legs(0) = leg_message("127.0.0.1:20000", "127.0.0.1:20004");
  *session.mutable_legs(1) = leg_message("127.0.0.1:20002", "127.0.0.1:20006");
  EXPECT_EQ(rig.sessions.apply(session).error(), "");
  *session.mutable_legs(0) = leg_message("127.0.0.2:20000", "127.0.0.1:20004");
  EXPECT_THAT(rig.sessions.apply(session).error(), HasSubstr("127.0.0.2 is no address"));
}

TEST(Sessions, TheLoopTakesNobodysPlace) {
  Rig rig(4);
  const auto loop = [](const std::string& id, unsigned port) {
    api::Session session = session_message(id);
    for (int i = 0; i < 2; ++i) {
      const std::string local = "127.0.0.1:" + std::to_string(port + 2 * static_cast<unsigned>(i));
      *session.mutable_legs(i) = leg_message(local, "127.0.0.1:30000");
    }
    return session;
  };
  ASSERT_EQ(rig.sessions.apply(session_message("s1", 21000)).error(), "");
  ASSERT_EQ(rig.sessions.apply(loop("l1", 20000)).error(), "");
  ASSERT_EQ(rig.sessions.apply(session_message("s2", 22000)).error(), "") << "as if it were not";
  ASSERT_EQ(rig.sessions.apply(loop("l2", 20010)).error(), "") << "beyond what may be";
  EXPECT_THAT(rig.sessions.apply(loop("l3", 20020)).error(), HasSubstr("all 4 legs"));
  rig.sessions.remove("l1");
  EXPECT_THAT(rig.sessions.apply(session_message("s3", 23000)).error(), HasSubstr("all 4 legs"));
  rig.sessions.remove("s1");
  EXPECT_EQ(rig.sessions.apply(session_message("s3", 23000)).error(), "");
}

TEST(Sessions, HoldIsAMatterOfBothLegs) {
  const struct {
    const char* sentence;
    bool a_receives, b_sends;
    bool passed_on;
  } rows[] = {{"both", true, true, true},
              {"A does not listen to its peer", false, true, false},
              {"B does not send to its peer", true, false, false}};
  for (const auto& row : rows) {
    Rig rig;
    api::Session message = session_message("s1");
    message.mutable_legs(0)->set_receive(row.a_receives);
    message.mutable_legs(1)->set_send(row.b_sends);
    ASSERT_EQ(rig.sessions.apply(message).error(), "") << row.sentence;
    EXPECT_EQ(rig.plane.at(kA)->receive, row.passed_on) << row.sentence;
    EXPECT_TRUE(rig.plane.at(kB)->receive) << row.sentence;
  }
}

TEST(Sessions, TouchesOnlyWhatDiffers) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  api::Session again = session_message("s1", 20000, 2);
  again.set_on_hold(true);
  EXPECT_EQ(rig.sessions.apply(again).generation(), 2U);
  EXPECT_EQ(rig.plane.updates, 0U) << "the legs are the same";

  const FlowId before = *rig.plane.id_at(kA);
  again.set_generation(3);
  again.mutable_legs(1)->set_dscp(0);
  EXPECT_EQ(rig.sessions.apply(again).generation(), 3U);
  EXPECT_EQ(*rig.plane.id_at(kA), before) << "the flow goes on with its statistics";
  EXPECT_EQ(rig.plane.at(kA)->out->dscp, 0);
  EXPECT_EQ(rig.plane.installs, 2U);
}

TEST(Sessions, SumsTheLegsThatAreUp) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.sessions.apply(session_message("s2", 21000));
  const auto has = [&rig](const std::string& local, std::uint32_t expected,
                          std::uint32_t received) {
    FlowStats& flow = rig.plane.stats_at(local);
    flow.packets_received = flow.received_of_ssrc = received;
    flow.base_seq = 100;
    flow.extended_max_seq = 100 + expected - 1;
    flow.packets_sent = 7;
  };
  has(kA, 100, 97);
  has("192.0.2.1:21000", 50, 49);
  api::LegTotals sum = rig.sessions.totals();
  EXPECT_EQ(sum.legs(), 4U);
  EXPECT_EQ(sum.packets_received(), 146U);
  EXPECT_EQ(sum.packets_lost(), 4);
  EXPECT_EQ(sum.packets_sent(), 14U);
  rig.sessions.remove("s2");
  sum = rig.sessions.totals();
  EXPECT_EQ(sum.legs(), 2U) << "a call takes its share with it";
  EXPECT_EQ(sum.packets_lost(), 3);
}

TEST(Sessions, AnOlderGenerationIsIgnoredAndAnsweredWithWhatIs) {
  Rig rig;
  rig.sessions.apply(session_message("s1", 20000, 5));
  const api::SessionResult result = rig.sessions.apply(session_message("s1", 30000, 4));
  EXPECT_EQ(result.error(), "");
  EXPECT_EQ(result.generation(), 5U);
  EXPECT_EQ(rig.plane.at("192.0.2.1:30000"), nullptr);
}

TEST(Sessions, OneBadSessionSpoilsNoOther) {
  Rig rig(4);
  rig.sessions.apply(session_message("s1"));
  struct Row {
    const char* sentence;
    api::Session message;
    const char* error;
  };
  api::Session elsewhere = session_message("s2", 21000);
  *elsewhere.mutable_legs(0)->mutable_local() = to_message(at("203.0.113.9:21000"));
  api::Session itself = session_message("s2", 21000);
  *itself.mutable_legs(1)->mutable_local() = itself.legs(0).local();
  *itself.mutable_legs(1)->mutable_remote() = itself.legs(0).remote();
  api::Session rtcp_port = session_message("s2", 20001);
  rtcp_port.mutable_legs(0)->set_rtcp_mux(true);
  rtcp_port.mutable_legs(1)->set_rtcp_mux(true);
  const Row rows[] = {
      {"an address of another host", elsewhere, "203.0.113.9 is no address of this gateway"},
      {"both legs on one port", itself, "both legs have the local port"},
      {"a port that is taken", session_message("s2", 20000), "is taken by session s1"},
      {"a port that is another's for RTCP", rtcp_port, "is taken by session s1"},
  };
  for (const Row& row : rows) {
    const api::SessionResult result = rig.sessions.apply(row.message);
    EXPECT_THAT(result.error(), HasSubstr(row.error)) << row.sentence;
    EXPECT_EQ(result.generation(), 0U) << row.sentence;
    EXPECT_EQ(rig.plane.flows.size(), 2U) << row.sentence;
  }
  EXPECT_EQ(rig.sessions.apply(session_message("s3", 22000)).error(), "");
  EXPECT_THAT(rig.sessions.apply(session_message("s4", 23000)).error(),
              HasSubstr("all 4 legs are in use"));
}

TEST(Sessions, AFailedChangeLeavesEverythingAsItWas) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.plane.max_flows = 3;
  api::Session moved = session_message("s1", 24000, 2);  // both legs elsewhere: needs two more
  const api::SessionResult result = rig.sessions.apply(moved);
  EXPECT_THAT(result.error(), HasSubstr("no flow is free"));
  EXPECT_EQ(result.generation(), 1U);
  EXPECT_EQ(rig.plane.flows.size(), 2U);
  ASSERT_NE(rig.plane.at(kA), nullptr);
  EXPECT_EQ(rig.hops.entries.size(), 2U) << "no destination is left over";
  rig.plane.max_flows = 10;
  EXPECT_EQ(rig.sessions.apply(moved).error(), "");
  EXPECT_EQ(rig.plane.at(kA), nullptr);
  EXPECT_NE(rig.plane.at("192.0.2.1:24000"), nullptr);
  EXPECT_EQ(rig.plane.flows.size(), 2U);
  EXPECT_EQ(rig.sessions.apply(session_message("s2", 20000)).error(), "") << "the old port is free";
}

TEST(Sessions, ASessionGrowsAndShrinks) {
  Rig rig;
  api::Session message = session_message("s1");
  message.mutable_legs()->RemoveLast();
  EXPECT_EQ(rig.sessions.apply(message).error(), "");
  EXPECT_FALSE(rig.plane.at(kA)->out);
  EXPECT_FALSE(rig.plane.at(kA)->receive);
  EXPECT_EQ(rig.sessions.apply(session_message("s1", 20000, 2)).error(), "");
  EXPECT_TRUE(rig.plane.at(kA)->out);
  EXPECT_EQ(rig.sessions.legs(), 2U);
  message.set_generation(3);
  EXPECT_EQ(rig.sessions.apply(message).error(), "");
  EXPECT_EQ(rig.plane.flows.size(), 1U);
  EXPECT_EQ(rig.sessions.legs(), 1U);
  rig.sessions.remove("s1");
  EXPECT_THAT(rig.plane.flows, IsEmpty());
  EXPECT_THAT(rig.hops.entries, IsEmpty());
}

TEST(Sessions, TheLearnedSourceOfOneLegIsTheTargetOfTheOther) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.hops.resolve("10.9.9.9", 0xc);
  rig.learn(kA, "10.9.9.9:7000");
  EXPECT_THAT(rig.events, ElementsAre("s1 leg 0 learned 10.9.9.9:7000"));
  EXPECT_EQ(rig.plane.at(kB)->out->to, at("10.9.9.9:7000"));
  EXPECT_EQ(rig.plane.at(kB)->out->next_hop->destination[5], 0xc);

  // It survives a change that is not a new offer.
  api::Session message = session_message("s1", 20000, 2);
  message.mutable_legs(0)->set_dscp(10);
  rig.sessions.apply(message);
  EXPECT_EQ(rig.plane.at(kB)->out->to, at("10.9.9.9:7000"));
  message.set_generation(3);
  message.mutable_legs(0)->set_learn(1);
  rig.sessions.apply(message);
  EXPECT_EQ(rig.plane.at(kB)->out->to, at("10.0.0.1:4000")) << "a new offer starts anew";
}

TEST(Sessions, AnEventOfAnEarlierFlowIsNotBelieved) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.sessions.on_flow_event({*rig.plane.id_at(kA), at("10.9.9.9:7000")});
  EXPECT_THAT(rig.events, IsEmpty());
  EXPECT_EQ(rig.plane.at(kB)->out->to, at("10.0.0.1:4000"));
}

TEST(Sessions, TheSignalledRuleSendsNowhereElse) {
  Rig rig;
  api::Session message = session_message("s1");
  message.mutable_legs(0)->set_source(api::SIGNALLED);
  rig.sessions.apply(message);
  EXPECT_FALSE(rig.plane.at(kA)->may_learn);
  rig.learn(kA, "10.0.0.1:4000");
  EXPECT_EQ(rig.plane.at(kB)->out->to, at("10.0.0.1:4000"));
}

TEST(Sessions, ANextHopThatChangesReachesTheFlowsThatNeedIt) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.sessions.apply(session_message("s2", 21000));
  rig.plane.updates = 0;
  rig.hops.resolve("10.0.1.1", 0xee, 100);
  EXPECT_EQ(rig.plane.at(kA)->out->next_hop->destination[5], 0xee);
  EXPECT_EQ(rig.plane.at(kA)->out->next_hop->vlan, 100);
  EXPECT_EQ(rig.plane.at("192.0.2.1:21000")->out->next_hop->destination[5], 0xee);
  EXPECT_EQ(rig.plane.at(kB)->out->next_hop->destination[5], 0xa);
  EXPECT_EQ(rig.plane.updates, 2U);
}

TEST(Sessions, AnUpdateThatThePlaneCannotTakeIsTriedAgain) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.plane.refuses_updates = true;
  rig.hops.resolve("10.0.1.1", 0xee);
  EXPECT_EQ(rig.plane.at(kA)->out->next_hop->destination[5], 0xb);
  rig.plane.refuses_updates = false;
  rig.pass(Milliseconds{10});
  EXPECT_EQ(rig.plane.at(kA)->out->next_hop->destination[5], 0xee);
}

TEST(Sessions, UsersOfADestinationComeAndGoInAnyOrder) {
  Rig rig;
  for (unsigned i = 0; i < 5; ++i) {
    rig.sessions.apply(session_message("s" + std::to_string(i), 20000 + 2 * i));
  }
  rig.sessions.remove("s0");
  rig.sessions.remove("s3");
  rig.hops.resolve("10.0.1.1", 0xdd);
  for (const unsigned i : {1U, 2U, 4U}) {
    const FlowTemplate* flow = rig.plane.at("192.0.2.1:" + std::to_string(20000 + 2 * i));
    EXPECT_EQ(flow->out->next_hop->destination[5], 0xdd) << i;
  }
  for (const char* id : {"s4", "s1", "s2"}) rig.sessions.remove(id);
  EXPECT_THAT(rig.hops.entries, IsEmpty());
}

TEST(Sessions, SyncLeavesWhatIsTheSameAndRemovesTheRest) {
  Rig rig;
  rig.sessions.apply(session_message("keep", 20000, 7));
  rig.sessions.apply(session_message("gone", 21000));
  rig.plane.installs = 0;
  rig.sessions.begin_sync();
  // Its port is that of a session which this Sync does not name; and the generation of "keep" is
  // older.
  EXPECT_EQ(rig.sessions.sync(session_message("new", 21000)).error(), "");
  EXPECT_EQ(rig.sessions.sync(session_message("keep", 20000, 3)).generation(), 3U);
  rig.sessions.finish_sync();
  EXPECT_EQ(rig.sessions.size(), 2U);
  EXPECT_EQ(rig.sessions.find("gone"), nullptr);
  EXPECT_EQ(rig.plane.installs, 2U);
  EXPECT_EQ(rig.plane.updates, 0U);
}

TEST(Sessions, ASyncThatIsRefusedInPartKeepsTheSessionThatItNamed) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  api::Session bad = session_message("s1", 20000, 2);
  bad.mutable_legs(0)->set_ssrc(0);
  rig.sessions.begin_sync();
  EXPECT_NE(rig.sessions.sync(bad).error(), "");
  rig.sessions.finish_sync();
  EXPECT_EQ(rig.plane.flows.size(), 2U);
}

TEST(Sessions, TimesOutWhenNoLegReceivesAnything) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.pass(Seconds{50});
  rig.plane.stats_at(kB).last_received = rig.clock.now();
  rig.pass(Seconds{59});
  EXPECT_THAT(rig.events, IsEmpty()) << "one leg is enough";
  rig.pass(Seconds{2});
  EXPECT_THAT(rig.events, ElementsAre("s1 silent for 60"));
  EXPECT_EQ(rig.sessions.timed_out_for(*rig.sessions.find("s1")), 61U);
  rig.plane.stats_at(kA).last_received = rig.clock.now();
  EXPECT_FALSE(rig.sessions.timed_out_for(*rig.sessions.find("s1"))) << "no longer true";
}

TEST(Sessions, TheTimeOutFollowsHold) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.pass(Seconds{30});
  api::Session held = session_message("s1", 20000, 2);
  held.set_on_hold(true);
  held.set_timeout_s(100);
  rig.sessions.apply(held);
  rig.pass(Seconds{99});
  EXPECT_THAT(rig.events, IsEmpty());
  rig.sessions.apply(session_message("s1", 20000, 3));  // resumed: counts from now
  rig.pass(Seconds{59});
  EXPECT_THAT(rig.events, IsEmpty());
  rig.pass(Seconds{2});
  EXPECT_THAT(rig.events, ElementsAre("s1 silent for 60"));

  api::Session never = session_message("s1", 20000, 4);
  never.set_timeout_s(0);
  rig.sessions.apply(never);
  rig.events.clear();
  rig.pass(Seconds{200});
  EXPECT_THAT(rig.events, IsEmpty()) << "0 is never";
}

TEST(Sessions, RemoveAnswersWithTheLastStatistics) {
  Rig rig;
  rig.sessions.apply(session_message("s1", 20000, 9));
  FlowStats& a = rig.plane.stats_at(kA);
  a.packets_received = 95;
  a.octets_received = std::uint64_t{95} * 160;
  a.packets_sent = 94;
  a.received_of_ssrc = 95;
  a.base_seq = 1000;
  a.extended_max_seq = 1099;
  a.payload_type = 0;
  a.clock_rate = 8000;
  a.jitter_x16 = 80 << 4;
  a.ssrc = 77;
  a.last_received = rig.clock.now();
  a.drops[static_cast<std::size_t>(FlowDrop::WrongSource)] = 3;
  a.drops[static_cast<std::size_t>(FlowDrop::PayloadType)] = 2;
  rig.clock.advance(Milliseconds{1500});
  const api::SessionResult result = rig.sessions.remove("s1");
  EXPECT_EQ(result.generation(), 9U);
  ASSERT_EQ(result.last().legs_size(), 2);
  const api::LegStatistics& leg = result.last().legs(0);
  EXPECT_EQ(leg.codec(), "PCMU/8000");
  EXPECT_EQ(leg.packets_received(), 95U);
  EXPECT_EQ(leg.packets_lost(), 5);
  EXPECT_EQ(leg.jitter_us(), 10'000U);
  EXPECT_EQ(leg.silent_ms(), 1500U);
  EXPECT_EQ(leg.wrong_source(), 3U);
  EXPECT_EQ(leg.dropped(), 2U);
  EXPECT_EQ(leg.ssrc_received(), 77U);
  // 40 ms of delay, five percent lost: R = 93.2 - 0.96 - 95 * 5 / 30.1
  EXPECT_EQ(leg.r_factor_x10(), 765U);
  EXPECT_EQ(leg.mos_x100(), 388U);
  EXPECT_EQ(result.last().legs(1).packets_sent(), 94U) << "what A received went out of B";
  EXPECT_EQ(result.last().legs(1).mos_x100(), 0U) << "nothing was heard: nothing to judge";
  EXPECT_THAT(rig.plane.flows, IsEmpty());
  EXPECT_THAT(rig.sessions.remove("s1").error(), HasSubstr("no such session"));
}

}  // namespace
}  // namespace junctor::dp
