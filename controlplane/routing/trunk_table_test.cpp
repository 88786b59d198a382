// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "controlplane/routing/routing_test_kit.hpp"
#include "controlplane/routing/trunk.hpp"

namespace junctor::cp {
namespace {

using Strings = std::vector<std::string>;

std::string name_of(const TrunkPtr& trunk) { return trunk ? trunk->name() : "none"; }

TEST(TrunkTable, FillsInWhatIsLeftOut) {
  Plugins plugins;
  TrunkTable table;
  auto config = two_listeners();
  add_trunk(config, "pbx", {"192.0.2.10:5060"});
  add_trunk(config, "carrier", {"[2001:db8::9]:5070"}, "outside").set_transport(config::v1::TCP);
  config.mutable_trunks(1)->set_media_address("192.0.2.2");
  config.mutable_trunks(1)->add_codecs("PCMA");
  config.mutable_trunks(1)->add_failover_codes(486);
  ASSERT_TRUE(configure(table, config, plugins).ok());

  Trunk& pbx = *table.find("pbx");
  EXPECT_EQ(pbx.media_address().text(), "192.0.2.1") << "the listener's";
  EXPECT_EQ(pbx.codecs(), (Strings{"PCMU", "PCMA", "G722", "G729", "telephone-event", "CN"}));
  EXPECT_TRUE(pbx.is_failover_code(503));
  EXPECT_FALSE(pbx.is_failover_code(486));
  EXPECT_EQ(pbx.peers()[0].hop,
            (Hop{"inside", Transport::Udp, *SocketAddress::parse("192.0.2.10:5060")}));
  EXPECT_EQ(pbx.dialect().plugin_name(), "generic");

  Trunk& carrier = *table.find("carrier");
  EXPECT_EQ(carrier.media_address().text(), "192.0.2.2");
  EXPECT_EQ(carrier.codecs(), Strings{"PCMA"});
  EXPECT_FALSE(carrier.is_failover_code(503));
  EXPECT_TRUE(carrier.is_failover_code(486));
  EXPECT_EQ(carrier.peers()[0].hop.transport, Transport::Tcp);
}

TEST(TrunkTable, CodecsOfAProfileAreThoseOfTheNextCall) {
  Plugins plugins;
  TrunkTable table;
  auto config = two_listeners();
  const auto add_profile = [&](const char* name, const Strings& codecs) {
    auto& profile = *config.mutable_media()->add_codec_profiles();
    profile.set_name(name);
    profile.mutable_codecs()->Assign(codecs.begin(), codecs.end());
  };
  add_profile("narrow", {"PCMA", "telephone-event"});
  add_profile("wide", {"G722"});
  add_trunk(config, "a", {"192.0.2.10:5060"}).set_codec_profile("narrow");
  add_trunk(config, "b", {"192.0.2.11:5060"}).set_codec_profile("wide");
  add_trunk(config, "c", {"192.0.2.12:5060"});
  ASSERT_TRUE(configure(table, config, plugins).ok());
  const TrunkPtr a = table.find("a"), b = table.find("b"), c = table.find("c");
  EXPECT_EQ(a->codecs(), (Strings{"PCMA", "telephone-event"}));
  EXPECT_EQ(b->codecs(), Strings{"G722"});

  ASSERT_TRUE(configure(table, config, plugins).ok());
  EXPECT_EQ(table.find("a"), a) << "nothing changed";
  config.mutable_media()->mutable_codec_profiles(0)->set_codecs(0, "PCMU");
  ASSERT_TRUE(configure(table, config, plugins).ok());
  EXPECT_EQ(table.find("a")->codecs(), (Strings{"PCMU", "telephone-event"}));
  EXPECT_EQ(a->codecs(), (Strings{"PCMA", "telephone-event"})) << "calls keep theirs";
  EXPECT_EQ(table.find("b"), b) << "another profile";
  EXPECT_EQ(table.find("c"), c);
}

TEST(TrunkTable, FindsWhoAMessageIsFrom) {
  Plugins plugins;
  TrunkTable table;
  auto config = two_listeners();
  add_trunk(config, "first", {"192.0.2.10:5060", "192.0.2.11:5060"});
  add_trunk(config, "second", {"192.0.2.10:5080"});
  add_trunk(config, "outer", {"192.0.2.10:5060"}, "outside");
  ASSERT_TRUE(configure(table, config, plugins).ok());
  struct Row {
    const char* sentence;
    std::string listener;
    std::string source;
    std::string trunk;
  };
  const Row rows[] = {
      {"a peer from its own port", "inside", "192.0.2.10:5060", "first"},
      {"two trunks share an address: the port decides", "inside", "192.0.2.10:5080", "second"},
      {"any other port: the first of them", "inside", "192.0.2.10:40000", "first"},
      {"the second peer of a trunk", "inside", "192.0.2.11:1", "first"},
      {"the same address on another listener", "outside", "192.0.2.10:5060", "outer"},
      {"a stranger", "inside", "192.0.2.99:5060", "none"},
      {"a peer on the wrong listener", "outside", "192.0.2.11:5060", "none"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    const auto trunk = table.find_by_source(row.listener, *SocketAddress::parse(row.source));
    EXPECT_EQ(name_of(trunk), row.trunk);
  }
}

TEST(TrunkTable, ChangesOnlyWhatTheConfigurationChanges) {
  Plugins plugins;
  TrunkTable table;
  auto config = two_listeners();
  add_trunk(config, "a", {"192.0.2.10:5060"});
  add_trunk(config, "b", {"192.0.2.20:5060", "192.0.2.21:5060"});
  ASSERT_TRUE(configure(table, config, plugins).ok());
  const TrunkPtr a = table.find("a");
  const TrunkPtr b = table.find("b");
  b->calls = 2;
  b->calls_in = 7;
  b->peers()[1].state = TrunkPeer::State::Down;

  config.mutable_trunks(1)->mutable_peers(0)->set_address("192.0.2.29");
  config.mutable_trunks(1)->set_max_calls(3);
  ASSERT_TRUE(configure(table, config, plugins).ok());
  EXPECT_EQ(table.find("a"), a) << "the same object";
  const TrunkPtr changed = table.find("b");
  ASSERT_NE(changed, b);
  EXPECT_EQ(changed->calls_in, 7u);
  EXPECT_EQ(changed->peers()[0].state, TrunkPeer::State::Unknown) << "another peer";
  EXPECT_EQ(changed->peers()[1].state, TrunkPeer::State::Down) << "the same peer";
  EXPECT_TRUE(changed->has_room()) << "two of three";
  ++changed->calls;
  EXPECT_FALSE(changed->has_room()) << "calls from before the change count";
  --b->calls;
  EXPECT_TRUE(changed->has_room());

  config.mutable_sip()->mutable_listeners(0)->set_address("192.0.2.3");
  ASSERT_TRUE(configure(table, config, plugins).ok());
  EXPECT_NE(table.find("a"), a) << "its voice has another address now";

  config.clear_trunks();
  ASSERT_TRUE(configure(table, config, plugins).ok());
  EXPECT_EQ(name_of(table.find("a")), "none");
  const auto source = *SocketAddress::parse("192.0.2.10:5060");
  const TrunkPtr retired = table.find_by_source("inside", source);
  ASSERT_EQ(name_of(retired), "a") << "the last messages of its calls are no stranger's";
  EXPECT_FALSE(retired->has_room()) << "but there is no new one";
  EXPECT_FALSE(b->has_room()) << "neither for what was replaced";

  add_trunk(config, "heir", {"192.0.2.10:5060"});
  ASSERT_TRUE(configure(table, config, plugins).ok());
  EXPECT_EQ(name_of(table.find_by_source("inside", source)), "heir");
}

TEST(TrunkTable, SaysWhatIsWrongAndStaysAsItWas) {
  Plugins plugins;
  TrunkTable table;
  auto good = two_listeners();
  add_trunk(good, "a", {"192.0.2.10:5060"});
  ASSERT_TRUE(configure(table, good, plugins).ok());
  struct Row {
    const char* sentence;
    std::function<void(config::v1::Trunk&)> spoil;
    std::string path;
    std::string part;
  };
  const Row rows[] = {
      {"no such plugin", [](auto& t) { t.set_plugin("other"); }, "trunks[1].plugin", "other"},
      {"no such option", [](auto& t) { (*t.mutable_plugin_options())["pitch"] = "low"; },
       "trunks[1].plugin_options[\"pitch\"]", "no such option"},
      {"a value that does not fit", [](auto& t) { (*t.mutable_plugin_options())["tone"] = "loud"; },
       "trunks[1].plugin_options[\"tone\"]", "loud"},
      {"no such listener", [](auto& t) { t.set_listener("nowhere"); }, "trunks[1].listener",
       "nowhere"},
      {"a peer without address", [](auto& t) { t.mutable_peers(0)->set_address("pbx"); },
       "trunks[1].peers", "pbx"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    auto config = good;
    auto& spoiled = *config.add_trunks();
    spoiled = good.trunks(0);
    spoiled.set_name("spoiled");
    row.spoil(spoiled);
    const auto result = configure(table, config, plugins);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().where, row.path);
    EXPECT_NE(result.error().message.find(row.part), std::string::npos) << result.error().text();
    EXPECT_EQ(table.all().size(), 1u);
  }
}

TEST(Trunk, SaysItsState) {
  Plugins plugins;
  using State = TrunkPeer::State;
  struct Row {
    const char* sentence;
    bool enabled;
    State first;
    State second;
    std::string_view state;
  };
  const Row rows[] = {
      {"nothing known", true, State::Unknown, State::Unknown, "unknown"},
      {"one is up", true, State::Down, State::Up, "up"},
      {"one is down, of the other nothing is known", true, State::Down, State::Unknown, "unknown"},
      {"all are down", true, State::Down, State::Down, "down"},
      {"not in use", false, State::Up, State::Up, "disabled"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    TrunkTable table;
    auto config = two_listeners();
    add_trunk(config, "a", {"192.0.2.10:5060", "192.0.2.11:5060"}).set_enabled(row.enabled);
    ASSERT_TRUE(configure(table, config, plugins).ok());
    table.find("a")->peers()[0].state = row.first;
    table.find("a")->peers()[1].state = row.second;
    EXPECT_EQ(table.find("a")->state_name(), row.state);
    EXPECT_EQ(table.find("a")->has_room(), row.enabled);
  }
}

}  // namespace
}  // namespace junctor::cp
