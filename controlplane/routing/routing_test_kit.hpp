// SPDX-License-Identifier: MIT
// What the tests of routing share: a configuration in short words, and the plugins for it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "controlplane/routing/trunk.hpp"
#include "platform/config/config.hpp"

namespace junctor::cp {

// Does nothing, under the name that trunks have when they say none.
inline Result<std::unique_ptr<interop::Plugin>> create_plain(const interop::TrunkContext&) {
  return std::unique_ptr<interop::Plugin>(std::make_unique<interop::Plugin>());
}
inline constexpr interop::OptionDesc kPlainOptions[] = {{"tone", "a tone", "low|high", "low"}};
inline const interop::Descriptor kPlain = {.name = "generic",
                                           .summary = "does nothing",
                                           .counters = {},
                                           .options = kPlainOptions,
                                           .create = create_plain};

struct Plugins {
  Plugins() { EXPECT_TRUE(table.add(kPlain).ok()); }
  CounterRegistry counters;
  PluginTable table{counters};
};

// Two listeners, "inside" and "outside".
inline config::v1::Config two_listeners() {
  config::v1::Config config;
  const auto add = [&](const std::string& name, const std::string& address) {
    auto& listener = *config.mutable_sip()->add_listeners();
    listener.set_name(name);
    listener.set_address(address);
  };
  add("inside", "192.0.2.1");
  add("outside", "2001:db8::1");
  return config;
}

inline config::v1::Trunk& add_trunk(config::v1::Config& config, const std::string& name,
                                    const std::vector<std::string>& peers,
                                    const std::string& listener = "inside") {
  auto& trunk = *config.add_trunks();
  trunk.set_name(name);
  trunk.set_listener(listener);
  for (const std::string& text : peers) {
    const auto address = SocketAddress::parse(text);
    JUNCTOR_ASSERT(address);
    trunk.add_peers()->set_address(address->ip.text());
    trunk.mutable_peers(trunk.peers_size() - 1)->set_port(address->port);
  }
  return trunk;
}

inline Result<void> configure(TrunkTable& table, config::v1::Config config,
                              const Plugins& plugins) {
  config::apply_defaults(config);
  return table.configure(config, plugins.table);
}

}  // namespace junctor::cp
