// SPDX-License-Identifier: MIT
#include "dataplane/control/network_mirror.hpp"

#include <gtest/gtest.h>

#include <string>

namespace junctor::dp {
namespace {

constexpr int kLan = 5, kWan = 6, kVlan = 7, kManagement = 9;

IpAddress ip(const std::string& text) { return *IpAddress::parse(text); }

KernelRouteEntry route(const std::string& to, int ifindex, const std::string& gateway = "",
                       std::uint32_t metric = 0) {
  RouteHop hop{ifindex, gateway.empty() ? IpAddress{} : ip(gateway), false};
  return {*IpPrefix::parse(to), metric, true, {hop}};
}

constexpr MacAddress mac(std::uint8_t last) { return {2, 0, 0, 0, 0, last}; }

struct Mirror : NetworkMirror {
  Mirror() {
    set_egress({{kLan, {PortId{1}, 0, mac(1)}},
                {kWan, {PortId{2}, 0, mac(2)}},
                {kVlan, {PortId{1}, 100, mac(1)}}});
    set_links({{kLan, true}, {kWan, true}, {kVlan, true}, {kManagement, true}});
    set_addresses({{kLan, *IpPrefix::parse("10.0.0.1/24"), true},
                   {kWan, *IpPrefix::parse("10.1.0.1/24"), true}});
  }
  bool says(int ifindex, const std::string& address, NeighbourState state, std::uint8_t last) {
    const MacAddress m = mac(last);
    return put_neighbour({ifindex, ip(address)}, state, last == 0 ? nullptr : &m);
  }
  // "5 10.0.0.9 02:..:0a vlan", or "none".
  std::string way(const std::string& to, const std::string& from = "10.0.0.1") const {
    const Path path = resolve(ip(to), ip(from));
    if (path.neighbour.ifindex == 0) return "none";
    std::string out = std::to_string(path.neighbour.ifindex) + " " + path.neighbour.address.text();
    if (path.hop) out += " mac " + std::to_string(path.hop->destination[5]);
    if (path.hop && path.hop->vlan != 0) out += " vlan " + std::to_string(path.hop->vlan);
    if (path.preferred.ifindex != 0) out += " instead of " + path.preferred.address.text();
    return out;
  }
};

TEST(NetworkMirror, TakesTheLongestPrefixThenTheMetric) {
  Mirror mirror;
  KernelRouteEntry blackhole = route("10.6.0.0/16", kLan, "10.0.0.2");
  blackhole.is_unicast = false;
  KernelRouteEntry dead = route("10.7.0.0/16", kLan, "10.0.0.2");
  dead.hops[0].is_dead = true;
  mirror.set_routes({route("0.0.0.0/0", kWan, "10.1.0.254"), route("10.0.0.0/24", kLan),
                     route("10.2.0.0/16", kLan, "10.0.0.2", 200),
                     route("10.2.0.0/16", kLan, "10.0.0.3", 100),
                     route("10.2.5.0/24", kVlan, "10.9.0.1", 500),
                     route("10.3.0.0/16", kManagement, "192.168.0.1"), route("10.4.0.0/16", kWan),
                     route("10.4.0.0/16", kLan), blackhole, dead, route("2001:db8::/32", kLan),
                     route("::/0", kWan, "fe80::1")});
  const struct {
    const char* sentence;
    const char* to;
    const char* way;
  } rows[] = {
      {"on the link it is the destination itself", "10.0.0.9", "5 10.0.0.9"},
      {"the default route leads to the router", "8.8.8.8", "6 10.1.0.254"},
      {"the better metric", "10.2.1.1", "5 10.0.0.3"},
      {"a longer prefix, whatever its metric", "10.2.5.1", "7 10.9.0.1"},
      {"an interface that is not ours is no way", "10.3.0.1", "none"},
      {"equal routes: the interface that has the source", "10.4.0.1", "5 10.4.0.1"},
      {"a blackhole ends the search", "10.6.0.1", "none"},
      {"a dead hop is none", "10.7.0.1", "none"},
      {"IPv6 on the link", "2001:db8::9", "5 2001:db8::9"},
      {"IPv6 by a link-local router", "2001:dead::9", "6 fe80::1"},
  };
  for (const auto& row : rows) EXPECT_EQ(mirror.way(row.to), row.way) << row.sentence;
}

TEST(NetworkMirror, ALinkThatIsDownIsNoWay) {
  Mirror mirror;
  mirror.set_routes({route("10.0.0.0/24", kLan)});
  EXPECT_EQ(mirror.way("10.0.0.9"), "5 10.0.0.9");
  mirror.set_links({{kLan, false}});
  EXPECT_EQ(mirror.way("10.0.0.9"), "none");
}

TEST(NetworkMirror, ANeighbourKeepsItsMacWhileNothingBetterIsKnown) {
  Mirror mirror;
  mirror.set_routes({route("10.0.0.0/24", kVlan)});
  struct Row {
    const char* sentence;
    NeighbourState state;
    std::uint8_t mac;
    bool changes;
    const char* way;
  };
  const Row rows[] = {
      {"asked for", NeighbourState::Unknown, 0, false, "7 10.0.0.9"},
      {"it answers", NeighbourState::Reachable, 10, true, "7 10.0.0.9 mac 10 vlan 100"},
      {"gone stale", NeighbourState::Stale, 10, false, "7 10.0.0.9 mac 10 vlan 100"},
      {"another MAC", NeighbourState::Reachable, 11, true, "7 10.0.0.9 mac 11 vlan 100"},
      {"it does not answer", NeighbourState::Failed, 0, true, "7 10.0.0.9 mac 11 vlan 100"},
      {"asked again", NeighbourState::Unknown, 0, false, "7 10.0.0.9 mac 11 vlan 100"},
      {"back", NeighbourState::Reachable, 11, true, "7 10.0.0.9 mac 11 vlan 100"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(mirror.says(kVlan, "10.0.0.9", row.state, row.mac), row.changes) << row.sentence;
    EXPECT_EQ(mirror.way("10.0.0.9"), row.way) << row.sentence;
  }
  mirror.drop_neighbour({kVlan, ip("10.0.0.9")}, true);
  EXPECT_EQ(mirror.way("10.0.0.9"), "7 10.0.0.9 mac 11 vlan 100") << "in use: kept";
  mirror.drop_neighbour({kVlan, ip("10.0.0.9")}, false);
  EXPECT_EQ(mirror.way("10.0.0.9"), "7 10.0.0.9");
}

TEST(NetworkMirror, ARouterThatFailedIsLeftForAnother) {
  Mirror mirror;
  mirror.set_routes(
      {route("0.0.0.0/0", kWan, "10.1.0.2", 100), route("0.0.0.0/0", kWan, "10.1.0.3", 200)});
  mirror.says(kWan, "10.1.0.2", NeighbourState::Reachable, 2);
  mirror.says(kWan, "10.1.0.3", NeighbourState::Reachable, 3);
  EXPECT_EQ(mirror.way("8.8.8.8"), "6 10.1.0.2 mac 2");
  mirror.says(kWan, "10.1.0.2", NeighbourState::Failed, 0);
  EXPECT_EQ(mirror.way("8.8.8.8"), "6 10.1.0.3 mac 3 instead of 10.1.0.2");
  mirror.says(kWan, "10.1.0.2", NeighbourState::Unknown, 0);
  EXPECT_EQ(mirror.way("8.8.8.8"), "6 10.1.0.3 mac 3 instead of 10.1.0.2") << "being asked";
  mirror.says(kWan, "10.1.0.3", NeighbourState::Failed, 0);
  EXPECT_EQ(mirror.way("8.8.8.8"), "6 10.1.0.2 mac 2") << "both failed: the first, by its last MAC";
  mirror.says(kWan, "10.1.0.2", NeighbourState::Reachable, 2);
  EXPECT_EQ(mirror.way("8.8.8.8"), "6 10.1.0.2 mac 2");
}

TEST(NetworkMirror, TheLoopLeadsFromItselfToItselfAlone) {
  Mirror mirror;
  mirror.set_loop_port(PortId{3});
  mirror.set_routes({route("0.0.0.0/0", kWan, "10.1.0.254")});
  const auto loop = mirror.resolve(loop_address(), loop_address());
  EXPECT_EQ(loop.hop, (NextHop{PortId{3}, 0, {}, {}}));
  EXPECT_EQ(loop.neighbour.ifindex, 0) << "there is nobody to ask for";
  const std::pair<const char*, const char*> others[] = {{"127.0.0.1", "10.0.0.1"},
                                                        {"10.0.0.9", "127.0.0.1"},
                                                        {"127.0.0.2", "127.0.0.2"},
                                                        {"::1", "::1"}};
  for (const auto& [to, from] : others) {
    EXPECT_FALSE(mirror.resolve(ip(to), ip(from)).hop) << to << " from " << from;
    EXPECT_EQ(mirror.way(to, from), "none") << to << " from " << from;
  }
}

TEST(NetworkMirror, ARefreshForgetsWhatTheKernelNoLongerHas) {
  Mirror mirror;
  mirror.set_routes({route("10.0.0.0/24", kLan)});
  mirror.says(kLan, "10.0.0.8", NeighbourState::Reachable, 8);
  mirror.says(kLan, "10.0.0.9", NeighbourState::Reachable, 9);
  mirror.begin_refresh();
  mirror.says(kLan, "10.0.0.8", NeighbourState::Reachable, 8);
  mirror.drop_unrefreshed([](const NeighbourKey&) { return false; });
  EXPECT_EQ(mirror.way("10.0.0.8"), "5 10.0.0.8 mac 8");
  EXPECT_EQ(mirror.way("10.0.0.9"), "5 10.0.0.9");
}

}  // namespace
}  // namespace junctor::dp
