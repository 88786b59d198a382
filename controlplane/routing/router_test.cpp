// SPDX-License-Identifier: MIT
#include "controlplane/routing/router.hpp"

#include <gtest/gtest.h>

#include "controlplane/routing/routing_test_kit.hpp"

namespace junctor::cp {
namespace {

struct RouteText {
  std::string name, from, called;
  std::vector<std::string> to;
  std::uint32_t strip = 0;
  std::string prefix = {};
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() : config_(two_listeners()) {
    add_trunk(config_, "pbx", {"192.0.2.10:5060", "192.0.2.11:5060"});
    add_trunk(config_, "carrier", {"192.0.2.20:5060"});
    add_trunk(config_, "spare", {"192.0.2.30:5060"});
    EXPECT_TRUE(configure(trunks_, config_, plugins_).ok());
  }
  Result<void> set_routes(const std::vector<RouteText>& routes) {
    config_.clear_routes();
    for (const RouteText& text : routes) {
      auto& route = *config_.add_routes();
      route.set_name(text.name);
      if (!text.from.empty()) route.set_from(text.from);
      route.set_called(text.called);
      for (const auto& to : text.to) route.add_to(to);
      route.set_strip(text.strip);
      if (!text.prefix.empty()) route.set_prefix(text.prefix);
    }
    return router_.configure(config_, trunks_);
  }
  // "inner: pbx/0=1000 pbx/1=1000", or "404".
  std::string ask(const std::string& from, const std::string& called) {
    const RouteDecision decision = router_.route(from, called);
    std::string text = decision.route + ":";
    for (const RouteTarget& target : decision.targets) {
      text += " " + target.trunk->name() + "/" + std::to_string(target.peer) + "=" + target.called;
      if (target.route != decision.route) text += "(" + target.route + ")";
    }
    if (decision.targets.empty()) text += " " + std::to_string(decision.status);
    return text;
  }
  Trunk& trunk(const std::string& name) { return *trunks_.find(name); }

  Plugins plugins_;
  config::v1::Config config_;
  TrunkTable trunks_;
  Router router_;
};

TEST_F(RouterTest, TakesRoutesInTheirOrder) {
  ASSERT_TRUE(set_routes({{"emergency", "", "112", {"carrier", "spare"}},
                          {"inner", "carrier", "_1XXX", {"pbx"}},
                          {"out", "pbx", "_0.", {"carrier"}, 1, "+49"},
                          {"any", "", "_2X.", {"spare"}}})
                  .ok());
  struct Row {
    const char* sentence;
    std::string from, called, says;
  };
  const Row rows[] = {
      {"trunks in their order", "pbx", "112", "emergency: carrier/0=112 spare/0=112"},
      {"all peers of a trunk", "carrier", "1000", "inner: pbx/0=1000 pbx/1=1000"},
      {"only from that trunk", "spare", "1000", ": 404"},
      {"digits taken off and put in front", "pbx", "0301234", "out: carrier/0=+49301234"},
      {"from anywhere", "nobody", "234", "any: spare/0=234"},
      {"no route", "pbx", "999", ": 404"},
      {"no number", "pbx", "", ": 404"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    EXPECT_EQ(ask(row.from, row.called), row.says);
  }
}

TEST_F(RouterTest, TheNextRouteThatFitsIsForFailure) {
  ASSERT_TRUE(set_routes({{"inner", "", "_1XXX", {"pbx"}},
                          {"nothing left", "", "_1XXX.", {"spare"}, 20},
                          {"rest", "", "_.", {"carrier", "spare"}, 0, "9"}})
                  .ok());
  EXPECT_EQ(ask("carrier", "1000"), "inner: pbx/0=1000 pbx/1=1000 spare/0=91000(rest)")
      << "not back to where it came from";
  EXPECT_EQ(ask("carrier", "5"), "rest: carrier/0=95 spare/0=95") << "unless that is the route";
  EXPECT_EQ(ask("carrier", "10000"), "rest: carrier/0=910000 spare/0=910000")
      << "a route that leaves no digits is none";
}

TEST_F(RouterTest, PeersThatAreDownAreTriedLast) {
  ASSERT_TRUE(set_routes({{"all", "", "_.", {"pbx", "carrier"}}}).ok());
  trunk("pbx").peers()[0].state = TrunkPeer::State::Down;
  trunk("pbx").peers()[1].state = TrunkPeer::State::Up;
  EXPECT_EQ(ask("spare", "5"), "all: pbx/1=5 carrier/0=5 pbx/0=5");
  trunk("carrier").peers()[0].state = TrunkPeer::State::Down;
  trunk("pbx").peers()[1].state = TrunkPeer::State::Down;
  EXPECT_EQ(ask("spare", "5"), "all: pbx/0=5 pbx/1=5 carrier/0=5") << "never not at all";
}

TEST_F(RouterTest, LeavesOutTrunksWithoutRoom) {
  config_.mutable_trunks(0)->set_max_calls(1);
  config_.mutable_trunks(1)->set_enabled(false);
  ASSERT_TRUE(configure(trunks_, config_, plugins_).ok());
  ASSERT_TRUE(set_routes({{"all", "", "_.", {"pbx", "carrier"}}}).ok());
  EXPECT_EQ(ask("spare", "5"), "all: pbx/0=5 pbx/1=5");
  trunk("pbx").calls = 1;
  EXPECT_EQ(ask("spare", "5"), "all: 503");
}

TEST_F(RouterTest, SaysWhatIsWrongAndStaysAsItWas) {
  ASSERT_TRUE(set_routes({{"all", "", "_.", {"pbx"}}}).ok());
  const auto no_trunk = set_routes({{"bad", "", "_.", {"nowhere"}}});
  ASSERT_FALSE(no_trunk.ok());
  EXPECT_EQ(no_trunk.error().text(), "route bad: there is no trunk nowhere");
  const auto no_pattern = set_routes({{"bad", "", "_[1-", {"pbx"}}});
  ASSERT_FALSE(no_pattern.ok());
  EXPECT_NE(no_pattern.error().text().find("route bad"), std::string::npos);
  EXPECT_EQ(ask("spare", "5"), "all: pbx/0=5 pbx/1=5");
}

}  // namespace
}  // namespace junctor::cp
