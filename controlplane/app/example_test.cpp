// SPDX-License-Identifier: MIT
// The example that ships is a good configuration, for the schema and for the parts alike.
#include <gtest/gtest.h>

#include "controlplane/app/gateway.hpp"
#include "platform/config/config.hpp"

namespace junctor::cp {
namespace {

TEST(Example, PassesEveryCheck) {
  auto config = config::load_file(EXAMPLE);
  ASSERT_TRUE(config.ok()) << config.error().text();
  config::apply_defaults(*config);
  Arguments arguments;
  arguments.plugin_dir = PLUGIN_DIR;
  const auto checked = Gateway::check(arguments, *config);
  EXPECT_TRUE(checked.ok()) << checked.error().text();
}

TEST(Example, RoutesAsItsCommentsSay) {
  auto config = config::load_file(EXAMPLE);
  ASSERT_TRUE(config.ok());
  config::apply_defaults(*config);
  CounterRegistry counters;
  PluginTable plugins(counters);
  ASSERT_TRUE(plugins.load(PLUGIN_DIR).ok());
  TrunkTable trunks;
  ASSERT_TRUE(trunks.configure(*config, plugins).ok());
  Router router;
  ASSERT_TRUE(router.configure(*config, trunks).ok());
  struct Row {
    std::string from, called, route, asked;
  };
  const Row rows[] = {
      {"provider", "+49301234567", "extensions", "567"},
      {"pbx", "112", "emergency", "112"},
      {"pbx", "0030998877", "national", "+4930998877"},
      {"pbx", "000331234", "international", "+331234"},
      {"provider", "000331234", "", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.called);
    const RouteDecision decision = router.route(row.from, row.called);
    EXPECT_EQ(decision.route, row.route);
    EXPECT_EQ(decision.targets.empty() ? "" : decision.targets[0].called, row.asked);
  }
}

}  // namespace
}  // namespace junctor::cp
