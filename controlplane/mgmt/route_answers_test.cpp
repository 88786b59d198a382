// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/route_answers.hpp"

#include <gtest/gtest.h>

#include "controlplane/routing/routing_test_kit.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

class RouteAnswersTest : public testing::Test {
 protected:
  RouteAnswersTest() : config_(two_listeners()) {
    add_trunk(config_, "pbx", {"192.0.2.10:5060"});
    add_trunk(config_, "carrier", {"192.0.2.20:5060", "192.0.2.21:5080"}).set_max_calls(1);
    auto& route = *config_.add_routes();
    route.set_name("out");
    route.set_called("_0.");
    route.add_to("carrier");
    route.set_strip(1);
    EXPECT_TRUE(configure(trunks_, config_, plugins_).ok());
    EXPECT_TRUE(router_.configure(config_, trunks_).ok());
    add_route_answers(answers_, trunks_, router_);
  }
  Reply ask(const std::string& trunk, const std::string& called, const std::string& calling = "") {
    Request request;
    request.mutable_test_route()->set_trunk(trunk);
    request.mutable_test_route()->set_called(called);
    request.mutable_test_route()->set_calling(calling);
    Reply out;
    answers_.answer(request, {.user = "vera"}, [&out](Reply reply) { out = std::move(reply); });
    return out;
  }

  Plugins plugins_;
  config::v1::Config config_;
  TrunkTable trunks_;
  Router router_;
  Answers answers_{[](const std::string&) { return config::v1::VIEWER; }};
};

TEST_F(RouteAnswersTest, TellsTargetsAndSteps) {
  const Reply reply = ask("pbx", "0301", "77");
  EXPECT_EQ(reply.error(), "");
  ASSERT_EQ(reply.route_test().targets_size(), 2);
  EXPECT_EQ(reply.route_test().targets(0),
            "carrier 192.0.2.20:5060 called 301 calling 77 by route out");
  EXPECT_EQ(reply.route_test().targets(1),
            "carrier 192.0.2.21:5080 called 301 calling 77 by route out");
  EXPECT_EQ(reply.route_test().status(), 0u);
  ASSERT_EQ(reply.route_test().steps_size(), 4);
  EXPECT_EQ(reply.route_test().steps(0).kind(), "route");
  EXPECT_EQ(reply.route_test().steps(0).why(), "_0. matches 0301, becomes 301");
  EXPECT_TRUE(reply.route_test().steps(0).fits());
}

TEST_F(RouteAnswersTest, TellsWhyACallWouldBeRefused) {
  EXPECT_EQ(ask("pbx", "5").route_test().status(), 404u);
  EXPECT_EQ(ask("nowhere", "5").error(), "there is no trunk nowhere");
  EXPECT_EQ(ask("pbx", "").error(), "a call needs a called number");
  trunks_.find("carrier")->calls = 1;
  EXPECT_EQ(ask("pbx", "01").route_test().status(), 503u);
  const Reply full = ask("carrier", "01");
  EXPECT_EQ(full.route_test().status(), 503u);
  EXPECT_EQ(full.route_test().steps(0).kind(), "trunk");
  EXPECT_EQ(full.route_test().steps(0).why(), "is full: 1 of 1 calls");
  EXPECT_EQ(full.route_test().targets_size(), 0);
}

}  // namespace
}  // namespace junctor::cp
