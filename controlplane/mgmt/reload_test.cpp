// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/reload.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "platform/config/config.hpp"

namespace junctor::cp {
namespace {

using Paths = std::vector<std::string>;
using config::v1::Config;

Config base() {
  Config config;
  config.add_interfaces()->set_name("lan");
  auto& listener = *config.mutable_sip()->add_listeners();
  listener.set_name("inside");
  listener.set_address("192.0.2.1");
  config.add_trunks()->set_name("pbx");
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
      {"another trunk", [](Config& c) { c.add_trunks()->set_name("new"); }, {}, {}, true},
      {"a route", [](Config& c) { c.add_routes()->set_name("new"); }, {}, {}, true},
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

}  // namespace
}  // namespace junctor::cp
