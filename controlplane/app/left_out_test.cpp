// SPDX-License-Identifier: MIT
#include "controlplane/app/left_out.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/routing/router.hpp"
#include "platform/config/config.hpp"

namespace junctor::cp {
namespace {

using ::testing::ElementsAre;

constexpr interop::OptionDesc kOptions[] = {{"hold", "how calls are held", "a|b", "a"}};

Result<std::unique_ptr<interop::Plugin>> make_plugin(const interop::TrunkContext&) {
  return std::make_unique<interop::Plugin>();
}

TEST(LeftOut, IsATrunkThatNoPluginSpeaksForAndWhatNamesIt) {
  CounterRegistry counters;
  PluginTable plugins(counters);
  interop::Descriptor known;
  known.name = "known";
  known.summary = "is known";
  known.options = kOptions;
  known.create = make_plugin;
  ASSERT_TRUE(plugins.add(known).ok());

  config::v1::Config config;
  auto& listener = *config.mutable_sip()->add_listeners();
  listener.set_name("lan");
  listener.set_address("192.0.2.1");
  const auto add_trunk = [&](const char* name, const char* plugin) {
    auto& trunk = *config.add_trunks();
    trunk.set_name(name);
    trunk.set_plugin(plugin);
    trunk.set_listener("lan");
    trunk.add_peers()->set_address("192.0.2.9");
    return &trunk;
  };
  add_trunk("good", "known");
  add_trunk("gone", "unknown");
  (*add_trunk("other", "known")->mutable_plugin_options())["colour"] = "red";
  const auto add_route = [&](const char* name, const char* from, std::vector<const char*> to) {
    auto& route = *config.add_routes();
    route.set_name(name);
    route.set_from(from);
    route.set_called("_.");
    for (const char* trunk : to) route.add_to(trunk);
  };
  add_route("to-both", "", {"gone", "good"});
  add_route("to-gone", "", {"gone"});
  add_route("from-gone", "gone", {"good"});
  for (const char* trunk : {"gone", "good", ""}) config.add_message_rules()->set_trunk(trunk);
  config::apply_defaults(config);

  std::vector<std::string> said;
  for (const LeftOut& one : leave_out_trunks(config, plugins)) said.push_back(one.sentence());
  EXPECT_THAT(
      said,
      ElementsAre("trunk gone is left out: there is no plugin 'unknown'; there are: known",
                  "trunk other is left out: plugin 'known' has no such option; it has: hold"));
  ASSERT_EQ(config.trunks_size(), 1);
  EXPECT_EQ(config.trunks(0).name(), "good");
  ASSERT_EQ(config.routes_size(), 1);
  EXPECT_THAT(config.routes(0).to(), ElementsAre("good"));
  EXPECT_EQ(config.message_rules_size(), 2);

  TrunkTable trunks;
  EXPECT_TRUE(trunks.configure(config, plugins).ok());
  EXPECT_TRUE(Router().configure(config, trunks).ok()) << "what is left works";
  EXPECT_TRUE(leave_out_trunks(config, plugins).empty());
}

}  // namespace
}  // namespace junctor::cp
