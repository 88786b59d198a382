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

// "from-pbx" for calls of trunk pbx, "to-carrier" for those to trunk carrier.
void add_plans(config::v1::Config& config) {
  const auto add = [&](const char* plan, const char* rule, const char* match, std::uint32_t strip,
                       const char* prefix, config::v1::NumberKind number) {
    auto* to = config.number_plans().empty() ? nullptr : &*config.mutable_number_plans()->rbegin();
    if (to == nullptr || to->name() != plan) {
      to = config.add_number_plans();
      to->set_name(plan);
    }
    auto& out = *to->add_rules();
    out.set_name(rule);
    out.set_match(match);
    out.set_strip(strip);
    out.set_prefix(prefix);
    out.set_number(number);
  };
  add("from-pbx", "outside", "_0Z.", 1, "+49", config::v1::CALLED);
  add("from-pbx", "extension", "_ZXXX", 0, "+4930555", config::v1::CALLING);
  add("to-carrier", "plus", "_+.", 1, "00", config::v1::BOTH);
  config.mutable_trunks(0)->set_number_plan_in("from-pbx");
  config.mutable_trunks(1)->set_number_plan_out("to-carrier");
}

TEST_F(RouterTest, NumbersPassThePlansOfBothTrunks) {
  add_plans(config_);
  ASSERT_TRUE(
      set_routes({{"out", "", "_+49.", {"carrier", "spare"}}, {"in", "", "_1XXX", {"pbx"}}}).ok());
  struct Row {
    const char* sentence;
    std::string from, called, calling;
    std::vector<std::string> targets;
  };
  const Row rows[] = {
      {"in, route, out",
       "pbx",
       "0301",
       "1000",
       {"carrier 0049301 0049305551000", "spare +49301 +49305551000"}},
      {"a name passes",
       "pbx",
       "0301",
       "anonymous",
       {"carrier 0049301 as it came", "spare +49301 as it came"}},
      {"a plan out alone",
       "spare",
       "+491",
       "123",
       {"carrier 00491 as it came", "spare +491 as it came"}},
      {"no plan", "carrier", "1000", "+44", {"pbx 1000 as it came", "pbx 1000 as it came"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    std::vector<std::string> targets;
    for (const RouteTarget& target : router_.route(row.from, row.called, row.calling).targets)
      targets.push_back(target.trunk->name() + " " + target.called + " " +
                        target.calling.value_or("as it came"));
    EXPECT_EQ(targets, row.targets);
  }
  const RouteDecision decision = router_.route("pbx", "0301", "");
  EXPECT_EQ(decision.targets.at(0).rewrite_calling("1234"), "0049305551234");
  EXPECT_EQ(decision.targets.at(1).rewrite_calling("1234"), "+49305551234");
}

TEST_F(RouterTest, PeersByPriorityAndWeight) {
  auto& pbx = *config_.mutable_trunks(0);
  pbx.add_peers()->set_address("192.0.2.12");
  pbx.mutable_peers(0)->set_priority(1);
  pbx.mutable_peers(1)->set_weight(1);
  pbx.mutable_peers(2)->set_weight(1);
  ASSERT_TRUE(configure(trunks_, config_, plugins_).ok());
  std::uint32_t drawn = 1;
  router_ = Router([&drawn](std::uint32_t) { return drawn; });
  ASSERT_TRUE(set_routes({{"all", "", "_.", {"pbx", "spare"}}}).ok());
  EXPECT_EQ(ask("carrier", "5"), "all: pbx/1=5 pbx/2=5 pbx/0=5 spare/0=5");
  drawn = 2;
  EXPECT_EQ(ask("carrier", "5"), "all: pbx/2=5 pbx/1=5 pbx/0=5 spare/0=5");
  trunk("pbx").peers()[2].state = TrunkPeer::State::Down;
  EXPECT_EQ(ask("carrier", "5"), "all: pbx/1=5 pbx/0=5 spare/0=5 pbx/2=5") << "down is last";
}

TEST_F(RouterTest, SaysWhatItLookedAtAndDecidesTheSame) {
  add_plans(config_);
  config_.mutable_trunks(2)->set_enabled(false);
  config_.mutable_trunks(0)->set_max_calls(1);
  ASSERT_TRUE(configure(trunks_, config_, plugins_).ok());
  ASSERT_TRUE(set_routes({{"short", "", "_XXX", {"spare"}},
                          {"theirs", "carrier", "_.", {"pbx"}},
                          {"nothing", "", "_+.", {"carrier"}, 20},
                          {"out", "pbx", "_+49.", {"spare", "carrier", "pbx"}, 3, "0"},
                          {"rest", "", "_.", {"pbx", "carrier"}}})
                  .ok());
  trunk("carrier").peers()[0].state = TrunkPeer::State::Down;
  trunk("pbx").calls = 1;
  RouteSteps steps;
  const RouteDecision told = router_.route("pbx", "0301", "1000", &steps);
  std::string text;
  for (const RouteStep& step : steps)
    text += step.kind + " " + step.name + (step.fits ? " yes " : " no ") + step.why + "\n";
  EXPECT_EQ(text,
            "number-plan from-pbx outside yes called 0301: _0Z. matches, becomes +49301\n"
            "number-plan from-pbx outside no calling 1000: the rule is about the other number\n"
            "number-plan from-pbx extension yes calling 1000: _ZXXX matches, becomes "
            "+49305551000\n"
            "route short no _XXX does not match +49301\n"
            "route theirs no is for calls from carrier\n"
            "route nothing no leaves nothing of +49301\n"
            "route out yes _+49. matches +49301, becomes 0301\n"
            "trunk spare no is disabled\n"
            "trunk carrier yes takes calls\n"
            "number-plan to-carrier plus no called 0301: _+. does not match\n"
            "number-plan to-carrier plus yes calling +49305551000: _+. matches, becomes "
            "0049305551000\n"
            "peer carrier no 192.0.2.20:5060 is down: tried last\n"
            "trunk pbx no is full: 1 of 1 calls\n"
            "route rest yes _. matches +49301; for when the routes before it fail\n"
            "trunk pbx no is where the call comes from\n"
            "trunk carrier yes takes calls\n"
            "number-plan to-carrier plus yes called +49301: _+. matches, becomes 0049301\n"
            "number-plan to-carrier plus yes calling +49305551000: _+. matches, becomes "
            "0049305551000\n"
            "peer carrier no 192.0.2.20:5060 is down: tried last\n");
  const RouteDecision untold = router_.route("pbx", "0301", "1000");
  ASSERT_EQ(told.targets.size(), untold.targets.size());
  for (std::size_t i = 0; i < told.targets.size(); ++i)
    EXPECT_EQ(told.targets[i].called, untold.targets[i].called);
  trunk("pbx").calls = 0;
  steps.clear();
  router_.route("pbx", "5", "", &steps);
  EXPECT_EQ(steps.back().why, "192.0.2.20:5060 is down: tried last");
  EXPECT_EQ(steps.at(steps.size() - 4).why, "192.0.2.11:5060 is unknown");
}

}  // namespace
}  // namespace junctor::cp
