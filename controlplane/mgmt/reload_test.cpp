// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/reload.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "platform/config/config.hpp"

namespace junctor::cp {
namespace {

using Paths = std::vector<std::string>;
using config::v1::Config;

void add_trunk(Config& config, const std::string& name, const std::string& listener) {
  config::v1::Trunk& trunk = *config.add_trunks();
  trunk.set_name(name);
  trunk.set_listener(listener);
  trunk.add_peers()->set_address("192.0.2.2");
}

void add_route(Config& config, const std::string& name, const std::string& from,
               const std::vector<std::string>& to) {
  config::v1::Route& route = *config.add_routes();
  route.set_name(name);
  route.set_called("_.");
  if (!from.empty()) route.set_from(from);
  for (const std::string& trunk : to) route.add_to(trunk);
}

// Whole, so that two can be compared.
std::string text_of(Config config) {
  config::apply_defaults(config);
  return config.DebugString();
}

Config base() {
  Config config;
  config.add_interfaces()->set_name("lan");
  auto& listener = *config.mutable_sip()->add_listeners();
  listener.set_name("inside");
  listener.set_address("192.0.2.1");
  add_trunk(config, "pbx", "inside");
  return config;
}

TEST(Reload, TakesOverWhatCanHoldAtOnce) {
  struct Row {
    const char* sentence;
    std::function<void(Config&)> change;
    Paths for_control, for_dataplane;
    bool is_taken;
  };
  const Row rows[] = {
      {"nothing changed", [](Config&) {}, {}, {}, true},
      {"a trunk", [](Config& c) { c.mutable_trunks(0)->set_max_calls(7); }, {}, {}, true},
      {"another trunk", [](Config& c) { add_trunk(c, "new", "inside"); }, {}, {}, true},
      {"a route", [](Config& c) { add_route(c, "new", "pbx", {"pbx"}); }, {}, {}, true},
      {"voice", [](Config& c) { c.mutable_media()->set_dscp(0); }, {}, {}, true},
      {"most calls", [](Config& c) { c.mutable_sip()->set_max_calls(5); }, {}, {}, true},
      {"the log",
       [](Config& c) { c.mutable_system()->set_log_level(config::v1::DEBUG); },
       {},
       {},
       true},
      {"a listener's port waits",
       [](Config& c) { c.mutable_sip()->mutable_listeners(0)->set_port(5080); },
       {"sip.listeners"},
       {},
       false},
      {"a listener that is gone waits",
       [](Config& c) { c.mutable_sip()->clear_listeners(); },
       {"sip.listeners"},
       {},
       false},
      {"memory waits",
       [](Config& c) { c.mutable_sip()->set_memory_max_mb(64); },
       {"sip.memory_max_mb"},
       {},
       false},
      {"the limit of strangers waits",
       [](Config& c) { c.mutable_sip()->set_stranger_requests_per_second(3); },
       {"sip.stranger_requests_per_second"},
       {},
       false},
      {"ports wait for the dataplane",
       [](Config& c) { c.add_interfaces()->set_name("wan"); },
       {},
       {"interfaces"},
       false},
  };
  Config running = base();
  config::apply_defaults(running);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    Config wanted = base();
    row.change(wanted);
    config::apply_defaults(wanted);
    const Reload reload = plan_reload(running, wanted);
    EXPECT_EQ(reload.for_control, row.for_control);
    EXPECT_EQ(reload.for_dataplane, row.for_dataplane);
    EXPECT_EQ(reload.config.SerializeAsString(),
              (row.is_taken ? wanted : running).SerializeAsString());
  }
}

TEST(Reload, OnePartWaitsWhileAnotherIsTaken) {
  Config running = base();
  Config wanted = base();
  wanted.mutable_sip()->mutable_listeners(0)->set_port(5080);
  wanted.mutable_sip()->set_max_calls(5);
  const Reload reload = plan_reload(running, wanted);
  EXPECT_EQ(reload.for_control, Paths{"sip.listeners"});
  EXPECT_FALSE(reload.config.sip().listeners(0).has_port());
  EXPECT_EQ(reload.config.sip().max_calls(), 5u);
}

TEST(Reload, ATrunkWaitsForItsListenerAndTheRestHolds) {
  Config running = base();
  Config wanted = base();
  config::v1::Listener& listener = *wanted.mutable_sip()->add_listeners();
  listener.set_name("outside");
  listener.set_address("198.51.100.1");
  add_trunk(wanted, "carrier", "outside");
  add_route(wanted, "out", "pbx", {"carrier", "pbx"});
  add_route(wanted, "only-out", "pbx", {"carrier"});
  add_route(wanted, "in", "carrier", {"pbx"});
  for (const char* trunk : {"carrier", "pbx"}) {
    config::v1::MessageRule& rule = *wanted.add_message_rules();
    rule.set_name(trunk);
    rule.set_trunk(trunk);
  }
  wanted.mutable_trunks(0)->set_max_calls(7);
  const Reload reload = plan_reload(running, wanted);
  EXPECT_EQ(reload.for_control, (Paths{"sip.listeners", "trunks.carrier"}));
  Config now = base();
  now.mutable_trunks(0)->set_max_calls(7);
  add_route(now, "out", "pbx", {"pbx"});
  *now.add_message_rules() = wanted.message_rules(1);
  EXPECT_EQ(text_of(reload.config), text_of(now));

  const Reload later = plan_reload(wanted, wanted);
  EXPECT_EQ(later.for_control, Paths{}) << "after the restart nothing waits";
  EXPECT_EQ(text_of(later.config), text_of(wanted));
}

TEST(Reload, ATrunkThatMovesStaysWhereItWasUntilThen) {
  struct Row {
    const char* sentence;
    std::function<void(Config&)> change;
  };
  const Row rows[] = {
      {"another listener",
       [](Config& c) {
         c.mutable_sip()->mutable_listeners(0)->set_name("lan");
         c.mutable_trunks(0)->set_listener("lan");
       }},
      {"a transport that the listener does not offer yet",
       [](Config& c) {
         c.mutable_sip()->mutable_listeners(0)->add_transports(config::v1::TCP);
         c.mutable_trunks(0)->set_transport(config::v1::TCP);
         c.mutable_trunks(0)->set_media_address("192.0.2.9");
       }},
  };
  Config running = base();
  running.mutable_sip()->mutable_listeners(0)->add_transports(config::v1::UDP);
  running.mutable_trunks(0)->set_transport(config::v1::UDP);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    Config wanted = running;
    row.change(wanted);
    wanted.mutable_trunks(0)->mutable_peers(0)->set_address("192.0.2.3");
    wanted.mutable_trunks(0)->set_max_calls(7);
    const Reload reload = plan_reload(running, wanted);
    EXPECT_EQ(reload.for_control, (Paths{"sip.listeners", "trunks.pbx"}));
    Config now = running;
    now.mutable_trunks(0)->set_max_calls(7);
    EXPECT_EQ(text_of(reload.config), text_of(now));
  }
}

}  // namespace
}  // namespace junctor::cp
