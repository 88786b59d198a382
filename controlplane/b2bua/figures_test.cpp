// SPDX-License-Identifier: MIT
// What is left of calls for those who count: figures of trunks, what records carry, ids that join legs.
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/flow.hpp"
#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using testing::World;

std::string text(const TrunkFlow& flow) {
  std::string out = std::to_string(flow.answered);
  for (const auto& [status, count] : flow.failed)
    out += " " + std::to_string(status) + ":" + std::to_string(count);
  return out;
}

TEST(Figures, TrunksCountWhatCameOfTheirCalls) {
  const struct {
    const char* what;
    const char* script;
    const char* in;   // answered, and failures by status, of calls from pbx
    const char* out;  // of attempts at carrier
  } rows[] = {
      {"a call that is answered", "= up\n= a hangs up", "1", "1"},
      {"busy", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 486 INVITE
          < a 486 INVITE)",
       "0 486:1", "0 486:1"},
      {"the caller gives up", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > a CANCEL
          < a 487 INVITE
          < b CANCEL
          > b 487 INVITE)",
       "0 487:1", "0 487:1"},
      {"nobody to call", R"(> a INVITE sdp:u to=999
          < a 404 INVITE)",
       "0 404:1", "0"},
  };
  for (const auto& row : rows) {
    World world;
    EXPECT_EQ(world.play(testing::expanded(row.script)), "") << row.what;
    EXPECT_EQ(text(world.trunks.find("pbx")->counts().in), row.in) << row.what;
    EXPECT_EQ(text(world.trunks.find("carrier")->counts().out), row.out) << row.what;
    EXPECT_EQ(text(world.trunks.find("pbx")->counts().out), "0") << row.what;
  }
}

TEST(Figures, StatusesWithoutEndAreCountedByClass) {
  TrunkFlow flow;
  for (std::uint16_t status = 400; status < 500; ++status) flow.fail(status);
  flow.fail(400);
  EXPECT_EQ(flow.failed.size(), TrunkFlow::kMaxStatuses);
  EXPECT_EQ(flow.failed[400], 1 + (100 - TrunkFlow::kMaxStatuses) + 1);
}

constexpr const char* kRings = R"(> a INVITE sdp:u
    < b INVITE sdp:u
    > time 300
    > b 180 INVITE
    < a 180 INVITE
    > b 200 INVITE sdp:u
    < b ACK
    < a 200 INVITE sdp:u
    > a ACK)";
constexpr const char* kHangsUp = R"(> b BYE
    < b 200 BYE
    < a BYE
    > a 200 BYE)";

void expect_whole(World& world, bool is_resumed) {
  ASSERT_EQ(world.journal.finished.size(), 1u);
  const auto& record = world.journal.finished.front();
  EXPECT_EQ(record.ringing_unix_ms(), record.started_unix_ms() + 300);
  ASSERT_EQ(record.sip_call_ids_size(), 2);
  EXPECT_NE(record.sip_call_ids(0), record.sip_call_ids(1));
  ASSERT_EQ(record.peers_size(), 2);
  EXPECT_EQ(record.peers(1), world.trunks.find("carrier")->peers()[0].hop.peer.text());
  EXPECT_EQ(record.resumed(), is_resumed);
  for (const std::string& sip_call_id : record.sip_call_ids())
    EXPECT_EQ(world.board->correlation_id(sip_call_id), record.sip_call_ids(0));
  EXPECT_EQ(world.board->correlation_id("another"), "another");
}

TEST(Figures, ARecordHasBothLegs) {
  World world;
  EXPECT_EQ(world.play(kRings), "");
  EXPECT_EQ(world.play(kHangsUp), "");
  expect_whole(world, false);
}

TEST(Figures, ARecordHasBothLegsAfterARestart) {
  World world;
  EXPECT_EQ(world.play(kRings), "");
  world.restart();
  EXPECT_EQ(world.play(kHangsUp), "");
  expect_whole(world, true);
}

}  // namespace
}  // namespace junctor::cp
