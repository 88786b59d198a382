// SPDX-License-Identifier: MIT
// What passes of texts and parameters, and that nothing of one side's network is seen on the other.
#include "controlplane/b2bua/topology.hpp"

#include <gtest/gtest.h>

#include "controlplane/b2bua/testing/world.hpp"
#include "plugins/sdk/test_kit.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using testing::World;

TEST(Topology, IsSeenInTexts) {
  struct Row {
    const char* text;
    bool holds_ip;
    bool names_a_host;
  };
  const Row rows[] = {
      {"", false, false},
      {"Busy here. Try later: at 9", false, false},
      {"\"J.R. Smith\"", false, true},  // no risk with texts, but a name is a name
      {"line 4.2 of beef", false, true},
      {"busy at 10.10.2.2", true, true},
      {"(10.10.2.2:5060)", true, true},
      {"via [fd00:1::2].", true, true},
      {"::1", true, true},
      {"ask pbx.example.com", false, true},
      {"sip:pbx", false, true},
      {"bob@pbx", false, true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(holds_ip(row.text), row.holds_ip) << row.text;
    EXPECT_EQ(names_a_host(row.text), row.names_a_host) << row.text;
  }
}

TEST(Topology, OfReasonsIsLeftOut) {
  struct Row {
    const char* value;
    const char* passes;
  };
  const Row rows[] = {
      {"Q.850;cause=16;text=\"Normal; clearing\"", "Q.850;cause=16;text=\"Normal; clearing\""},
      {"sip ; cause=200 ;text=\"answered, elsewhere\"",
       "SIP;cause=200;text=\"answered, elsewhere\""},
      {"SIP;cause=486;text=\"busy 10.10.2.2\"", "SIP;cause=486"},
      {"SIP;cause=486;text=\"busy", "SIP;cause=486"},
      {"Q.850;cause=10.1.1.1;location=pbx7", "Q.850"},
      {"Q.850;cause=17, SIP;cause=486", "Q.850;cause=17"},
      {"pbx7;cause=1", ""},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(passable_reason(row.value), row.passes) << row.value;
}

TEST(Topology, OfDiversionsIsLeftOut) {
  EXPECT_EQ(passable_diversion("reason=\"no-answer\";counter=2;x=10.1.1.1;privacy=10.1.1.1"),
            ";reason=no-answer;counter=2");
}

TEST(Topology, OfTheCallerStaysThere) {
  World world;
  ASSERT_EQ(world.play("> a INVITE sdp:u leaky\n< b INVITE sdp:u"), "");
  const Message invite = world.last_sent('b', "INVITE");
  EXPECT_EQ(interop::text_of(invite).find("10.10.1.2"), std::string::npos)
      << interop::text_of(invite);
  EXPECT_TRUE(invite.get("From")->starts_with("<sip:300@192.0.2.1>;tag=")) << *invite.get("From");
  EXPECT_EQ(*invite.get("Contact"), "<sip:300@192.0.2.1:5060>");
  EXPECT_EQ(*invite.get("Diversion"), "<sip:77@192.0.2.1>;reason=unknown");
  EXPECT_EQ(*invite.get("P-Asserted-Identity"), "<sip:301@192.0.2.1>");
}

TEST(Numbers, OfBothSidesPassTheNumberPlans) {
  World world;
  world.restart([](config::v1::Config& config) {
    const auto add = [&config](const char* plan, config::v1::NumberKind kind, const char* match,
                               std::uint32_t strip, const char* prefix) {
      auto& to = *config.add_number_plans();
      to.set_name(plan);
      auto& rule = *to.add_rules();
      rule.set_name("one");
      rule.set_match(match);
      rule.set_number(kind);
      rule.set_strip(strip);
      rule.set_prefix(prefix);
    };
    add("in", config::v1::CALLING, "_X.", 0, "+49");
    add("out", config::v1::BOTH, "_[+1].", 1, "00");
    config.mutable_trunks(0)->set_number_plan_in("in");
    config.mutable_trunks(1)->set_number_plan_out("out");
  });
  ASSERT_EQ(world.play("> a INVITE sdp:u leaky\n< b INVITE sdp:u"), "");
  const Message invite = world.last_sent('b', "INVITE");
  EXPECT_TRUE(invite.request_uri().starts_with("sip:0000@")) << invite.request_uri();
  EXPECT_TRUE(invite.get("To")->starts_with("<sip:0000@")) << *invite.get("To");
  EXPECT_TRUE(invite.get("From")->starts_with("<sip:0049300@192.0.2.1>")) << *invite.get("From");
  EXPECT_EQ(*invite.get("Contact"), "<sip:0049300@192.0.2.1:5060>");
  EXPECT_EQ(*invite.get("Diversion"), "<sip:004977@192.0.2.1>;reason=unknown");
  EXPECT_EQ(*invite.get("P-Asserted-Identity"), "<sip:0049301@192.0.2.1>");
  ASSERT_EQ(world.play("> b 486 INVITE\n< a 486 INVITE"), "");
  const auto& record = world.journal.finished.at(0);
  EXPECT_EQ(record.calling() + " " + record.calling_out(), "300 0049300");
  EXPECT_EQ(record.called() + " " + record.called_out(), "100 0000");
}

TEST(Topology, OfTheCalleeStaysThere) {
  World world;
  ASSERT_EQ(world.play("> a INVITE sdp:u\n< b INVITE sdp:u\n> b 486 INVITE leaky\n< a 486 INVITE"),
            "");
  const Message refusal = world.last_response('a', "INVITE");
  EXPECT_EQ(refusal.reason(), "Busy Here");
  EXPECT_EQ(*refusal.get("Reason"), "Q.850;cause=17");
}

TEST(Topology, OfDescriptionsInInfoStaysThere) {
  World world;
  EXPECT_EQ(world.play(R"(> a INVITE sdp:u
      < b INVITE sdp:u
      > b 200 INVITE sdp:u
      < b ACK
      < a 200 INVITE sdp:u
      > a ACK
      > a INFO sdp:u
      < a 415 INFO
      > a INFO dtmf
      < b INFO body
      > b 200 INFO sdp:u
      < a 200 INFO)"),
            "");
  EXPECT_EQ(world.last_response('a', "INFO").reason(), "OK");
}

}  // namespace
}  // namespace junctor::cp
