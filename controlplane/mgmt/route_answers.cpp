// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/route_answers.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;
using management::v1::TestRoute;

void add_step(management::v1::RouteTest& test, const RouteStep& step) {
  management::v1::RouteStep& out = *test.add_steps();
  out.set_kind(step.kind);
  out.set_name(step.name);
  out.set_fits(step.fits);
  out.set_why(step.why);
}

std::string text_of(const RouteTarget& target, const std::string& calling) {
  const TrunkPeer& peer = target.trunk->peers()[target.peer];
  const std::string& number = target.calling ? *target.calling : calling;
  return target.trunk->name() + " " + peer.hop.peer.text() + " called " + target.called +
         (number.empty() ? "" : " calling " + number) + " by route " + target.route;
}

void test_route(const TrunkTable& trunks, const Router& router, const TestRoute& what,
                Reply& reply) {
  const TrunkPtr from = trunks.find(what.trunk());
  if (!from) return reply.set_error("there is no trunk " + what.trunk());
  if (what.called().empty()) return reply.set_error("a call needs a called number");
  management::v1::RouteTest& test = *reply.mutable_route_test();
  // Where the switchboard ends the call, before it looks for a route.
  if (const std::string why = why_no_room(*from); !why.empty()) {
    add_step(test, {"trunk", from->name(), false, why});
    test.set_status(503);
    return;
  }
  RouteSteps steps;
  const RouteDecision decision = router.route(from->name(), what.called(), what.calling(), &steps);
  for (const RouteStep& step : steps) add_step(test, step);
  for (const RouteTarget& target : decision.targets)
    test.add_targets(text_of(target, what.calling()));
  test.set_status(decision.status);
}

}  // namespace

void add_route_answers(Answers& answers, const TrunkTable& trunks, const Router& router) {
  answers.add(Request::kTestRoute, config::v1::VIEWER,
              [&trunks, &router](const Request& request, const Answers::Asker&, Reply& reply) {
                test_route(trunks, router, request.test_route(), reply);
              });
}

}  // namespace junctor::cp
