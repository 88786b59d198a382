// SPDX-License-Identifier: MIT
// What an operator does to calls and trunks, as the peers see it: clear in every state, drain,
// limits.
#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/flow.hpp"
#include "controlplane/b2bua/testing/world.hpp"

namespace junctor::cp {
namespace {

using testing::run;
using testing::World;

TEST(Clear, EndsACallInEveryState) {
  run({
      {"up: BYE to both", R"(= up
          > operator clears
          < a BYE
          < b BYE
          > a 200 BYE
          > b 200 BYE)"},
      {"ringing: CANCEL to one, a final response to the other", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 180 INVITE
          < a 180 INVITE
          > operator clears
          < a 480 INVITE
          < b CANCEL reason
          > b 487 INVITE)"},
      {"before anybody said a word", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > operator clears
          < a 480 INVITE
          < b CANCEL reason
          > b LOCAL 408 INVITE)"},
      {"at the second target: the first is forgotten", R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 503 INVITE
          < c INVITE sdp:u
          > operator clears
          < a 480 INVITE
          < c CANCEL reason
          > c 487 INVITE)"},
      {"answered, and not acknowledged yet: no BYE before the ACK (RFC 3261, 15)",
       R"(> a INVITE sdp:u
          < b INVITE sdp:u
          > b 200 INVITE sdp:u
          < b ACK
          < a 200 INVITE sdp:u
          > operator clears
          < b BYE
          > b 200 BYE
          > a ACK
          < a BYE
          > a 200 BYE)"},
      {"while a re-INVITE is open", R"(= up
          > a INVITE sdp:ue,sendonly
          < b INVITE sdp:ue,sendonly
          > operator clears
          < a 487 INVITE
          < a BYE
          < b BYE
          > b 487 INVITE
          > a 200 BYE
          > b 200 BYE)"},
      {"twice is once", R"(= up
          > operator clears
          < a BYE
          < b BYE
          > operator clears
          > a 200 BYE
          > b 200 BYE)"},
  });
}

TEST(Clear, IsRecordedWithWhoDidIt) {
  struct Row {
    const char* sentence;
    const char* script;
    std::uint32_t status;
  };
  const Row rows[] = {
      {"up", "= up\n> operator clears\n< a BYE\n< b BYE", 200},
      {"ringing",
       "> a INVITE sdp:u\n< b INVITE sdp:u\n> operator clears\n< a 480 INVITE\n< b CANCEL reason",
       480},
  };
  for (const Row& row : rows) {
    World world;
    ASSERT_EQ(world.play(testing::expanded(row.script)), "") << row.sentence;
    world.fall_silent();
    ASSERT_EQ(world.journal.finished.size(), 1u) << row.sentence;
    const auto& record = world.journal.finished.front();
    EXPECT_EQ(record.ended_by(), "operator");
    EXPECT_EQ(record.reason(), "cleared by night");
    EXPECT_EQ(record.sip_status(), row.status) << row.sentence;
    EXPECT_EQ(world.trunks.find("pbx")->calls_failed, 0u) << "no fault of a trunk's";
  }
}

TEST(Clear, OfACallThatDiesWithTheProcessIsRecordedAsWell) {
  World world;
  ASSERT_EQ(world.play(testing::expanded("= up")), "");
  world.act("operator clears");
  world.journal.finished.clear();
  world.journal.calls = world.journal_at_send;
  world.restart();
  ASSERT_EQ(world.journal.finished.size(), 1u);
  EXPECT_EQ(world.journal.finished.front().ended_by(), "operator");
  EXPECT_EQ(world.journal.finished.front().reason(), "cleared by night");
}

TEST(Clear, FindsACallByHowItsIdBegins) {
  World world;
  ASSERT_EQ(world.play(testing::expanded("= up")), "");
  const std::string id = world.board->show("").front().id();
  EXPECT_EQ(world.board->find(id), std::vector{id});
  EXPECT_EQ(world.board->find(id.substr(0, 1)), std::vector{id});
  EXPECT_EQ(world.board->find(id + "x"), std::vector<std::string>{});
  ASSERT_EQ(world.play("> a INVITE new sdp:u\n< b INVITE sdp:u"), "");
  EXPECT_EQ(world.board->find("").size(), 2u);
  EXPECT_EQ(world.board->find(id), std::vector{id});
  EXPECT_FALSE(world.board->clear(id.substr(0, 5), "night")) << "by the whole id only";
}

TEST(Drain, TakesNoNewCallAndKeepsTheOthers) {
  World world;
  ASSERT_EQ(world.play(testing::expanded("= up")), "");
  TrunkTally& pbx = world.trunks.find("pbx")->tally();
  TrunkTally& carrier = world.trunks.find("carrier")->tally();
  pbx.is_drained = true;
  EXPECT_EQ(world.play("> a INVITE new sdp:u\n< a 503 INVITE"), "");
  EXPECT_FALSE(world.last_response('a', "INVITE").has("Retry-After")) << "nobody knows when";
  EXPECT_EQ(pbx.calls_refused, 1u);
  pbx.is_drained = false;
  carrier.is_drained = true;
  EXPECT_EQ(world.play("> a INVITE new to=100 sdp:u\n< a 503 INVITE"), "") << "there is no other";
  EXPECT_EQ(carrier.calls_refused, 1u);
  EXPECT_EQ(world.board->calls(), 1u);
}

// A world in which a trunk takes so many new calls in a second.
void limit(World& world, const std::string& trunk, std::uint32_t calls_per_second) {
  world.restart([&](config::v1::Config& config) {
    for (auto& one : *config.mutable_trunks())
      if (one.name() == trunk) one.set_max_calls_per_second(calls_per_second);
  });
}

std::string begin(World& world, const std::string& then) {
  return world.play("> a INVITE new sdp:u\n< " + then);
}

TEST(Limits, OfCallsThatComeInASecond) {
  World world;
  limit(world, "pbx", 2);
  EXPECT_EQ(begin(world, "b INVITE sdp:u"), "");
  EXPECT_EQ(begin(world, "b INVITE sdp:u"), "");
  EXPECT_EQ(begin(world, "a 503 INVITE"), "") << "the third of a second";
  EXPECT_EQ(world.last_response('a', "INVITE").get("Retry-After"), "1");
  EXPECT_EQ(world.trunks.find("pbx")->tally().calls_refused, 1u);
  world.act("time 1000");
  EXPECT_EQ(begin(world, "b INVITE sdp:u"), "");
}

TEST(Limits, OfCallsThatGoInASecond) {
  World world;
  limit(world, "carrier", 1);
  EXPECT_EQ(begin(world, "b INVITE sdp:u"), "");
  EXPECT_EQ(world.play("> b 503 INVITE\n< c INVITE sdp:u"), "")
      << "its second peer is tried: it is the same call";
  EXPECT_EQ(begin(world, "a 503 INVITE"), "") << "and the next call has nowhere to go";
  EXPECT_EQ(world.trunks.find("carrier")->tally().calls_refused, 1u);
  world.act("time 1000");
  EXPECT_EQ(begin(world, "b INVITE sdp:u"), "");
}

TEST(Causes, AreCountedWhereTheyWereMet) {
  World world;
  ASSERT_EQ(world.play(R"(> a INVITE sdp:u
      < b INVITE sdp:u
      > b 503 INVITE
      < c INVITE sdp:u
      > c LOCAL 408 INVITE
      < a 504 INVITE)"),
            "");
  const auto text = [](const TrunkPtr& trunk) {
    std::string out;
    for (const CauseTable::Row& row : trunk->tally().causes.rows())
      out += row.reason + " x" + std::to_string(row.count) + "; ";
    return out;
  };
  EXPECT_EQ(text(world.trunks.find("carrier")), "503 Service Unavailable x1; 408 no response x1; ");
  EXPECT_EQ(text(world.trunks.find("pbx")), "504 Server Time-out x1; ");
}

}  // namespace
}  // namespace junctor::cp
