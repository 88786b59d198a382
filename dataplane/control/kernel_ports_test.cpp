// SPDX-License-Identifier: MIT
#include "dataplane/control/kernel_ports.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "dataplane/control/frame.hpp"
#include "dataplane/control/neighbours.hpp"
#include "dataplane/control/test_network.hpp"
#include "dataplane/control/test_session.hpp"

namespace junctor::dp {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class KernelPortsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!enter_empty_network()) FAIL() << "needs a network namespace";
    if (access("/dev/net/tun", R_OK | W_OK) != 0) FAIL() << "needs /dev/net/tun";
    auto own = own_network_admin();
    ASSERT_TRUE(own) << own.error().text();
    admin = std::move(*own);
    PlanePort port;
    port.id = PortId{1};
    port.name = "lan";
    port.mac = {2, 0, 0, 0, 0, 1};
    plane.port_list = {port};
    config::v1::Interface& p = *config.add_interfaces();
    p.set_name("lan");
    p.set_mtu(1400);
    p.add_addresses("10.0.0.1/24");
    p.add_addresses("2001:db8::1/64");
    config::v1::KernelRoute& route = *p.add_routes();
    route.set_destination("10.5.0.0/16");
    route.set_gateway("10.0.0.254");
    config::v1::Vlan& vlan = *p.add_vlans();
    vlan.set_id(100);
    vlan.add_addresses("10.1.0.1/24");
  }

  std::set<std::string> addresses() {
    std::set<std::string> out;
    auto netlink = Netlink::open(false);
    EXPECT_TRUE((*netlink)->dump(RTM_GETADDR, AF_UNSPEC, [&out](const nlmsghdr& m) {
      const auto said = decode_address(m);
      if (said && said->address.is_global) out.insert(said->address.address.text());
    }));
    return out;
  }
  std::set<std::string> routes() {
    std::set<std::string> out;
    auto netlink = Netlink::open(false);
    EXPECT_TRUE((*netlink)->dump(RTM_GETROUTE, AF_INET, [&out](const nlmsghdr& m) {
      const auto said = decode_route(m);
      if (!said) return;
      const RouteHop& hop = said->route.hops.front();
      out.insert(said->route.destination.text() +
                 (hop.gateway ? " via " + hop.gateway.text() : ""));
    }));
    return out;
  }
  std::set<std::string> interfaces() {
    std::set<std::string> out;
    auto netlink = Netlink::open(false);
    EXPECT_TRUE((*netlink)->dump(RTM_GETLINK, AF_UNSPEC, [&out](const nlmsghdr& m) {
      if (const auto said = decode_link(m)) out.insert(said->name);
    }));
    return out;
  }
  static std::string sysfs(const std::string& name) {
    std::ifstream in("/proc/sys/net/" + name);
    std::string out;
    in >> out;
    return out;
  }

  SystemClock clock;
  FakePlane plane{clock};
  std::unique_ptr<ipc::Loop> loop = ipc::make_epoll_loop();
  std::unique_ptr<NetworkAdmin> admin;
  config::v1::Config config;
};

TEST_F(KernelPortsTest, AddsWhatIsMissingAndTakesAwayOnlyItsOwn) {
  int ifindex = 0;
  {
    auto ports = KernelPorts::open(*loop, plane, *admin, config);
    ASSERT_TRUE(ports) << ports.error().text();
    EXPECT_EQ((*ports)->egress().size(), 2U);
    ifindex = (*ports)->egress().begin()->first;
    EXPECT_THAT(addresses(), testing::ElementsAre("10.0.0.1/24", "10.1.0.1/24", "2001:db8::1/64"));
    EXPECT_THAT(routes(), Contains("10.5.0.0/16 via 10.0.0.254"));
    EXPECT_EQ(sysfs("ipv6/conf/lan/accept_dad"), "0");
  }
  // Another program's address and route.
  auto netlink = Netlink::open(false);
  ASSERT_EQ(shell("ip addr add 10.0.0.77/24 dev lan && ip route add 10.6.0.0/16 dev lan"), 0);

  // The process begins again, with another configuration.
  config.mutable_interfaces(0)->clear_addresses();
  config.mutable_interfaces(0)->clear_routes();
  config.mutable_interfaces(0)->add_addresses("10.0.0.2/24");
  auto ports = KernelPorts::open(*loop, plane, *admin, config);
  ASSERT_TRUE(ports) << ports.error().text();
  EXPECT_EQ((*ports)->egress().begin()->first, ifindex) << "the interface is the same";
  EXPECT_THAT(addresses(), testing::ElementsAre("10.0.0.2/24", "10.0.0.77/24", "10.1.0.1/24"));
  EXPECT_THAT(routes(), Not(Contains("10.5.0.0/16 via 10.0.0.254")));
  EXPECT_THAT(routes(), Contains("10.6.0.0/16"));
}

// With its first address of a network an interface loses the others there, if the system does so.
TEST_F(KernelPortsTest, AnAddressThatGoesTakesNoOtherWithIt) {
  config.mutable_interfaces(0)->set_addresses(0, "10.0.0.5/24");
  ASSERT_TRUE(KernelPorts::open(*loop, plane, *admin, config));
  std::ofstream("/proc/sys/net/ipv4/conf/lan/promote_secondaries") << "0\n";
  config.mutable_interfaces(0)->set_addresses(0, "10.0.0.1/24");
  ASSERT_TRUE(KernelPorts::open(*loop, plane, *admin, config));
  EXPECT_THAT(addresses(), testing::ElementsAre("10.0.0.1/24", "10.1.0.1/24", "2001:db8::1/64"));
  EXPECT_THAT(routes(), Contains("10.5.0.0/16 via 10.0.0.254"));
}

TEST_F(KernelPortsTest, SaysWhichSettingsTheSystemRefuses) {
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(shell("mount --make-rprivate / && mount --bind /proc/sys /proc/sys &&"
                  " mount -o remount,ro,bind /proc/sys"),
            0);
  testing::internal::CaptureStderr();
  const bool is_open = KernelPorts::open(*loop, plane, *admin, config).ok();
  const bool is_open_again = KernelPorts::open(*loop, plane, *admin, config).ok();
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_EQ(shell("umount /proc/sys"), 0);
  ASSERT_TRUE(is_open && is_open_again);
  EXPECT_THAT(log, HasSubstr("interface=lan refused=\"ipv6/accept_dad=0 ipv6/accept_ra=0 "
                             "ipv4/arp_ignore=1 ipv4/arp_announce=2 ipv4/promote_secondaries=1 "
                             "ipv4/arp_notify=1 ipv6/ndisc_notify=1\" "
                             "reason=\"Read-only file system\""));
  EXPECT_THAT(log, HasSubstr("interface=lan.100 "));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << "once an interface: " << log;
}

// Ports and VLANs that have other names now, with the same addresses.
TEST_F(KernelPortsTest, InterfacesOfAnEarlierConfigurationGo) {
  ASSERT_TRUE(KernelPorts::open(*loop, plane, *admin, config));
  EXPECT_EQ(interfaces(), (std::set<std::string>{"lan", "lan.100", "lo"}));
  config.mutable_interfaces(0)->mutable_vlans(0)->set_id(200);
  ASSERT_TRUE(KernelPorts::open(*loop, plane, *admin, config));
  EXPECT_EQ(interfaces(), (std::set<std::string>{"lan", "lan.200", "lo"}));
  EXPECT_THAT(routes(), Contains("10.5.0.0/16 via 10.0.0.254"));

  plane.port_list[0].name = "wan";
  config.mutable_interfaces(0)->set_name("wan");
  auto ports = KernelPorts::open(*loop, plane, *admin, config);
  ASSERT_TRUE(ports) << ports.error().text();
  EXPECT_EQ(interfaces(), (std::set<std::string>{"lo", "wan", "wan.200"}));
  EXPECT_THAT(addresses(), testing::ElementsAre("10.0.0.1/24", "10.1.0.1/24", "2001:db8::1/64"));
  EXPECT_THAT(routes(), Contains("10.5.0.0/16 via 10.0.0.254"));
  EXPECT_EQ(shell("ip route get 10.0.0.9 | grep -q 'dev wan '"), 0);
  EXPECT_EQ(shell("ip route get 10.5.0.9 | grep -q 'dev wan '"), 0);
  EXPECT_EQ(shell("ip route get 10.1.0.9 | grep -q 'dev wan.200 '"), 0);
}

TEST_F(KernelPortsTest, InterfacesOfOthersStay) {
  // The operator made the tap that the port took up, and added an address.
  ASSERT_EQ(shell("ip tuntap add lan mode tap && ip addr add 10.0.0.77/24 dev lan"), 0);
  ASSERT_TRUE(KernelPorts::open(*loop, plane, *admin, config));
  EXPECT_THAT(routes(), Contains("10.5.0.0/16 via 10.0.0.254"));
  // Another gateway is at work.
  plane.port_list.push_back(plane.port_list[0]);
  plane.port_list[1].name = "other";
  config::v1::Config theirs;
  theirs.add_interfaces()->set_name("other");
  theirs.mutable_interfaces(0)->add_addresses("172.16.0.1/24");
  auto other = KernelPorts::open(*loop, plane, *admin, theirs);
  ASSERT_TRUE(other) << other.error().text();
  EXPECT_THAT(addresses(), testing::ElementsAre("10.0.0.77/24", "172.16.0.1/24"))
      << "nobody held lan";
  EXPECT_THAT(routes(), Not(Contains("10.5.0.0/16 via 10.0.0.254")));

  plane.port_list[0].name = "wan";
  config.mutable_interfaces(0)->set_name("wan");
  auto ports = KernelPorts::open(*loop, plane, *admin, config);
  ASSERT_TRUE(ports) << ports.error().text();
  EXPECT_EQ(interfaces(), (std::set<std::string>{"lan", "lo", "other", "wan", "wan.100"}));
  EXPECT_THAT(addresses(), testing::ElementsAre("10.0.0.1/24", "10.0.0.77/24", "10.1.0.1/24",
                                                "172.16.0.1/24", "2001:db8::1/64"));
}

TEST_F(KernelPortsTest, SaysWhatIsInTheWay) {
  auto first = KernelPorts::open(*loop, plane, *admin, config);
  ASSERT_TRUE(first) << first.error().text();
  auto second = KernelPorts::open(*loop, plane, *admin, config);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().text(), HasSubstr("lan: another process holds this interface"));

  config::v1::Config other = config;
  other.mutable_interfaces(0)->set_name("wan");
  EXPECT_THAT(KernelPorts::open(*loop, plane, *admin, other).error().text(),
              HasSubstr("no port wan"));
  plane.port_list[0].name = "lo";
  other.mutable_interfaces(0)->set_name("lo");
  EXPECT_THAT(KernelPorts::open(*loop, plane, *admin, other).error().text(),
              HasSubstr("is no tap"));
  plane.port_list[0].name = "abcdefghijk";
  other.mutable_interfaces(0)->set_name("abcdefghijk");
  other.mutable_interfaces(0)->mutable_vlans(0)->set_id(4094);
  EXPECT_THAT(KernelPorts::open(*loop, plane, *admin, other).error().text(),
              HasSubstr("1 to 15 characters"));
  first->reset();
  plane.port_list[0].name = "lan";
  config.mutable_interfaces(0)->mutable_routes(0)->set_gateway("172.16.0.1");
  EXPECT_THAT(KernelPorts::open(*loop, plane, *admin, config).error().text(),
              HasSubstr("cannot add route 10.5.0.0/16 via 172.16.0.1"));
}

// The kernel's ARP goes out of the port, the answer comes back in, and the datagram that waited for
// it follows, with a checksum that holds.
TEST_F(KernelPortsTest, TheKernelTalksThroughThePort) {
  auto ports = KernelPorts::open(*loop, plane, *admin, config);
  ASSERT_TRUE(ports) << ports.error().text();
  FakeHost host(*loop, plane);
  const auto pump = loop->every(Milliseconds{1}, [&] {
    plane.poll_punted(64, [&](const PuntedPacket& packet) { (*ports)->on_punted(packet); });
  });
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  ASSERT_GE(fd, 0);
  for (const char* to : {"10.0.0.9", "10.1.0.9"}) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(5060);
    inet_pton(AF_INET, to, &address.sin_addr);
    ASSERT_EQ(sendto(fd, "hello", 5, 0, reinterpret_cast<sockaddr*>(&address), sizeof address), 5);
  }
  const auto datagram_on = [this](std::uint16_t vlan) -> const std::vector<std::uint8_t>* {
    for (const FakePlane::Sent& sent : plane.sent) {
      if (sent.vlan == vlan && sent.frame.size() == 47 && load_be16(&sent.frame[12]) == 0x0800) {
        return &sent.frame;
      }
    }
    return nullptr;
  };
  ASSERT_TRUE(run_until(*loop, [&] { return datagram_on(0) && datagram_on(100); }));
  for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{100}}) {
    const std::vector<std::uint8_t>& frame = *datagram_on(vlan);
    EXPECT_TRUE(std::equal(host.mac.begin(), host.mac.end(), frame.begin()));
    EXPECT_EQ(frame[11], 1) << "from the port's MAC address";
    EXPECT_EQ(checksum_finish(checksum_add(0, Bytes(frame).subspan(14, 20))), 0);
    const std::uint32_t sum = checksum_add(17 + 13, Bytes(frame).subspan(26, 8));
    EXPECT_EQ(checksum_finish(checksum_add(sum, Bytes(frame).subspan(34))), 0) << "UDP checksum";
  }
  plane.punt({PortId{1}, 200, {}, {}, {}}, std::vector<std::uint8_t>(60));
  ASSERT_TRUE(run_until(*loop, [&] {
    return (*ports)->counters()[KernelPorts::kNoInterface].value() == 1;
  })) << "a VLAN that nobody configured";
  close(fd);
}

class NeighboursTest : public KernelPortsTest {
 protected:
  void SetUp() override {
    KernelPortsTest::SetUp();
    if (IsSkipped()) return;
    auto opened = KernelPorts::open(*loop, plane, *admin, config);
    ASSERT_TRUE(opened) << opened.error().text();
    ports = std::move(*opened);
    auto mirror = Neighbours::open(*loop, *admin, ports->egress(), plane.loop_port());
    ASSERT_TRUE(mirror) << mirror.error().text();
    neighbours = std::move(*mirror);
    neighbours->set_on_change([this](DestinationId id) { changed.push_back(id); });
    pump = loop->every(Milliseconds{1}, [this] {
      plane.poll_punted(64, [this](const PuntedPacket& packet) { ports->on_punted(packet); });
    });
    nudge = loop->every(Milliseconds{100}, [this] { neighbours->run(); });
  }
  // The last octet of the MAC address that frames to a destination go to; -1 while there is none.
  int mac_of(DestinationId id) {
    const auto hop = neighbours->get(id);
    return hop ? hop->destination[5] : -1;
  }

  std::unique_ptr<KernelPorts> ports;
  std::unique_ptr<Neighbours> neighbours;
  ipc::HandlePtr pump, nudge;
  std::vector<DestinationId> changed;
};

TEST_F(NeighboursTest, HasTheKernelResolveWhatIsInUse) {
  FakeHost host(*loop, plane);
  const DestinationId near = neighbours->acquire(ip("10.0.0.9"), ip("10.0.0.1"));
  const DestinationId far = neighbours->acquire(ip("10.5.1.1"), ip("10.0.0.1"));
  const DestinationId tagged = neighbours->acquire(ip("10.1.0.9"), ip("10.1.0.1"));
  const DestinationId nowhere = neighbours->acquire(ip("8.8.8.8"), ip("10.0.0.1"));
  EXPECT_EQ(neighbours->acquire(ip("10.0.0.9"), ip("10.0.0.1")), near) << "the same is counted";
  ASSERT_TRUE(run_until(*loop, [&] {
    return mac_of(near) == 0x99 && mac_of(far) == 0x99 && mac_of(tagged) == 0x99;
  }));
  EXPECT_EQ(neighbours->get(near)->vlan, 0);
  EXPECT_EQ(neighbours->get(tagged)->vlan, 100);
  EXPECT_EQ(neighbours->get(far)->source[5], 1);
  EXPECT_FALSE(neighbours->get(nowhere));
  EXPECT_THAT(changed, testing::UnorderedElementsAre(near, far, tagged));

  // A route appears; then the router's MAC address changes.
  ASSERT_EQ(shell("ip route add default via 10.0.0.254"), 0);
  ASSERT_TRUE(run_until(*loop, [&] { return mac_of(nowhere) == 0x99; }));
  changed.clear();
  ASSERT_EQ(shell("ip neigh replace 10.0.0.254 lladdr 02:00:00:00:00:55 dev lan"), 0);
  ASSERT_TRUE(run_until(*loop, [&] { return mac_of(far) == 0x55 && mac_of(nowhere) == 0x55; }));
  EXPECT_EQ(mac_of(near), 0x99);
  EXPECT_THAT(changed, testing::UnorderedElementsAre(far, nowhere)) << "and nobody else";

  ASSERT_EQ(shell("ip route del default"), 0);
  ASSERT_TRUE(run_until(*loop, [&] { return mac_of(nowhere) == -1; }));
  for (const DestinationId id : {near, near, far, tagged, nowhere}) neighbours->release(id);
  EXPECT_FALSE(neighbours->get(near));
}

TEST_F(NeighboursTest, KeepsTheMacAddressOfThePort) {
  const auto is_back = [] {
    return shell("ip link show lan | grep -q 'link/ether 02:00:00:00:00:01 '") == 0;
  };
  testing::internal::CaptureStderr();
  // Before its first look at the interfaces, and after.
  for (const unsigned n : {1U, 2U}) {
    ASSERT_EQ(shell("ip link set lan address 02:00:00:00:00:77"), 0);
    ASSERT_FALSE(is_back());
    EXPECT_TRUE(run_until(*loop, is_back));
    EXPECT_EQ(neighbours->counters()[Neighbours::kMacs].value(), n);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("interface=lan"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << "once an interface: " << log;
}

TEST_F(NeighboursTest, ConfirmsANeighbourThatWentStale) {
  FakeHost host(*loop, plane);
  const DestinationId near = neighbours->acquire(ip("10.0.0.9"), ip("10.0.0.1"));
  ASSERT_TRUE(run_until(*loop, [&] { return mac_of(near) == 0x99; }));
  ASSERT_EQ(shell("ip neigh change 10.0.0.9 dev lan nud stale"), 0);
  // DELAY, then PROBE: only what is in use is asked about. The kernel waits five seconds before it
  // asks.
  std::ofstream("/proc/sys/net/ipv4/neigh/lan/delay_first_probe_time") << "0\n";
  const std::uint64_t before = neighbours->counters()[Neighbours::kNudges].value();
  ASSERT_TRUE(run_until(
      *loop, [&] { return neighbours->counters()[Neighbours::kNudges].value() > before; }));
  EXPECT_EQ(mac_of(near), 0x99);
}

TEST_F(NeighboursTest, ResolvesIpv6Routes) {
  const DestinationId near = neighbours->acquire(ip("2001:db8::9"), ip("2001:db8::1"));
  ASSERT_EQ(shell("ip -6 neigh replace 2001:db8::9 lladdr 02:00:00:00:00:66 dev lan"), 0);
  ASSERT_TRUE(run_until(*loop, [&] { return mac_of(near) == 0x66; }));
  ASSERT_EQ(shell("ip -6 route add 2001:dead::/32 via 2001:db8::9"), 0);
  const DestinationId far = neighbours->acquire(ip("2001:dead::1"), ip("2001:db8::1"));
  ASSERT_TRUE(run_until(*loop, [&] { return mac_of(far) == 0x66; }));
}

TEST_F(NeighboursTest, TellsTheAddressesOfItsInterfaces) {
  std::vector<KernelAddress> told;
  neighbours->set_on_addresses([&told](const std::vector<KernelAddress>& all) { told = all; });
  ASSERT_TRUE(run_until(*loop, [&] { return told.size() == 3; }));
  ASSERT_EQ(shell("ip addr add 10.0.0.50/32 dev lan && ip link set lo up"), 0);
  ASSERT_TRUE(run_until(*loop, [&] { return told.size() == 4; })) << "a virtual address";
}

}  // namespace
}  // namespace junctor::dp
