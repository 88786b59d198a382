// SPDX-License-Identifier: MIT
// junctor-network's server in a process of its own, against the real kernel in a network namespace.
#include "dataplane/control/network_server.hpp"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "dataplane/control/kernel_ports.hpp"
#include "dataplane/control/neighbours.hpp"
#include "dataplane/control/netlink.hpp"
#include "dataplane/control/network_client.hpp"
#include "dataplane/control/test_network.hpp"
#include "dataplane/control/test_session.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::dp {
namespace {

namespace api = network::v1;
using testing::HasSubstr;

constexpr std::uint32_t kNobody = 65534;

// A child with the server in it; killed at the end.
class ServerProcess {
 public:
  ServerProcess(const std::string& path, std::uint32_t user) {
    pid_ = fork();
    if (pid_ == 0) serve(path, user);
    for (int i = 0; i < 1000 && access(path.c_str(), F_OK) != 0; ++i)
      std::this_thread::sleep_for(Milliseconds{5});
    chmod(path.c_str(), 0666);
  }
  ~ServerProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  [[noreturn]] static void serve(const std::string& path, std::uint32_t user) {
    const auto loop = ipc::make_epoll_loop();
    const auto admin = own_network_admin(user);
    if (!admin) _exit(1);
    const auto server = NetworkServer::listen(*loop, path, user, **admin);
    if (!server) _exit(1);
    loop->run();
    _exit(0);
  }

  pid_t pid_;
};

class NetworkServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!enter_empty_network()) FAIL() << "needs a network namespace";
    if (access("/dev/net/tun", R_OK | W_OK) != 0) FAIL() << "needs /dev/net/tun";
    PlanePort port;
    port.id = PortId{1};
    port.name = "lan";
    port.mac = {2, 0, 0, 0, 0, 1};
    plane.port_list = {port};
    config::v1::Interface& p = *config.add_interfaces();
    p.set_name("lan");
    p.add_addresses("10.0.0.1/24");
    p.add_addresses("2001:db8::1/64");
    for (const auto& [destination, gateway] :
         {std::pair{"10.5.0.0/16", "10.0.0.254"}, std::pair{"2001:db8:5::/48", "2001:db8::254"}}) {
      config::v1::KernelRoute& route = *p.add_routes();
      route.set_destination(destination);
      route.set_gateway(gateway);
    }
    chmod(std::string(dir_ / "").c_str(), 0755);
  }
  // What the server says to a request; none if it closes the connection instead.
  std::optional<api::Reply> ask(const api::Request& request) {
    std::optional<api::Reply> reply;
    auto channel = ipc::connect_once(*loop, path, {});
    EXPECT_TRUE(channel) << channel.error().text();
    (*channel)->set_callbacks({[&](Bytes frame) {
                                 EXPECT_TRUE(ipc::parse_frame(frame, reply.emplace()));
                                 loop->stop();
                               },
                               [&](const std::string&) { loop->stop(); }});
    (*channel)->send(request);
    const auto limit = loop->after(Seconds{10}, [this] {
      ADD_FAILURE() << "no answer";
      loop->stop();
    });
    loop->run();
    return reply;
  }
  static std::optional<KernelLink> link(const std::string& name) {
    std::optional<KernelLink> out;
    auto netlink = Netlink::open(false);
    EXPECT_TRUE((*netlink)->dump(RTM_GETLINK, AF_UNSPEC, [&](const nlmsghdr& message) {
      auto said = decode_link(message);
      if (said && said->name == name) out = std::move(said);
    }));
    return out;
  }

  ipc::TempDir dir_;
  const std::string path = dir_ / "network.sock";
  SystemClock clock;
  FakePlane plane{clock};
  std::unique_ptr<ipc::Loop> loop = ipc::make_epoll_loop();
  config::v1::Config config;
};

// All that the dataplane does with the kernel's network, as a user without any capability.
int take_ports_as_nobody(FakePlane& plane, const config::v1::Config& config,
                         const std::string& path) {
  if (setgroups(0, nullptr) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) return 2;
  if (own_network_admin().ok() && shell("ip link set lo up 2>/dev/null") == 0) return 3;
  const auto loop = ipc::make_epoll_loop();
  NetworkClient client(*loop, path);
  auto ports = KernelPorts::open(*loop, plane, client, config);
  if (!ports) {
    std::fprintf(stderr, "%s\n", ports.error().text().c_str());
    return 4;
  }
  auto neighbours = Neighbours::open(*loop, client, (*ports)->egress(), plane.loop_port());
  if (!neighbours) return 5;
  FakeHost host(*loop, plane);
  const auto pump = loop->every(Milliseconds{1}, [&] {
    plane.poll_punted(64, [&](const PuntedPacket& packet) { (*ports)->on_punted(packet); });
  });
  const auto run = loop->every(Milliseconds{100}, [&] { (*neighbours)->run(); });
  const DestinationId far = (*neighbours)->acquire(ip("10.5.1.1"), ip("10.0.0.1"));
  return run_until(*loop, [&] { return (*neighbours)->get(far).has_value(); }) ? 0 : 6;
}

TEST_F(NetworkServerTest, ThePortsNeedNoCapability) {
  const ServerProcess server(path, kNobody);
  const pid_t child = fork();
  if (child == 0) _exit(take_ports_as_nobody(plane, config, path));
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  ASSERT_TRUE(link("lan"));
  EXPECT_EQ(link("lan")->tap_owner, kNobody);
  EXPECT_EQ(link("lan")->alias, kOurAlias);
  EXPECT_EQ(shell("ip -6 route show 2001:db8:5::/48 | grep -q 2001:db8::254"), 0);
  EXPECT_EQ(shell("ip route show 10.5.0.0/16 | grep -q 10.0.0.254"), 0);
}

TEST_F(NetworkServerTest, KeepsTheMacAddressAlsoAfterItsOwnRestart) {
  auto server = std::make_unique<ServerProcess>(path, geteuid());
  NetworkClient client(*loop, path);
  auto ports = KernelPorts::open(*loop, plane, client, config);
  ASSERT_TRUE(ports) << ports.error().text();
  auto neighbours = Neighbours::open(*loop, client, (*ports)->egress(), plane.loop_port());
  ASSERT_TRUE(neighbours) << neighbours.error().text();
  const auto run = loop->every(Milliseconds{100}, [&] { (*neighbours)->run(); });
  const auto is_back = [] { return link("lan")->mac == MacAddress{2, 0, 0, 0, 0, 1}; };
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(shell("ip link set lan address 02:00:00:00:00:77"), 0);
    EXPECT_TRUE(run_until(*loop, is_back)) << i;
    server.reset();
    server = std::make_unique<ServerProcess>(path, geteuid());
    // A nudge is lost until the client has the new one.
    const NeighbourKey near{(*ports)->egress().begin()->first, ip("10.0.0.9")};
    const auto& refused = (*neighbours)->counters()[Neighbours::kRefused];
    ASSERT_TRUE(run_until(*loop, [&] {
      const std::uint64_t before = refused.value();
      client.nudge(near);
      return refused.value() == before;
    }));
  }
}

TEST_F(NetworkServerTest, AnswersNobodyElse) {
  const ServerProcess server(path, kNobody);
  api::Request request;
  request.mutable_set_up()->add_interfaces()->set_name("lan");
  EXPECT_FALSE(ask(request)) << "this is root";
  EXPECT_FALSE(link("lan"));
}

TEST_F(NetworkServerTest, RefusesWhatIsNoInterface) {
  const ServerProcess server(path, geteuid());
  const auto good = [] {
    api::Interface one;
    one.set_name("lan");
    one.set_mac(std::string("\x02\0\0\0\0\x01", 6));
    one.set_mtu(1500);
    return one;
  };
  const struct {
    std::function<void(api::Interface&)> spoil;
    const char* where;
    const char* error;
  } rows[] = {
      {[](auto& i) { i.set_name(""); }, "", "is no name of an interface"},
      {[](auto& i) { i.set_name("../../etc"); }, "../../etc", "is no name of an interface"},
      {[](auto& i) { i.set_name("tap%d"); }, "tap%d", "is no name of an interface"},
      {[](auto& i) { i.set_name("sixteen-letters-"); }, "sixteen-letters-",
       "is no name of an interface"},
      {[](auto& i) { i.set_mac("12345"); }, "lan", "its MAC address is none"},
      {[](auto& i) {
         i.set_mac(
             "\x01"
             "23456");
       },
       "lan", "its MAC address is none"},
      {[](auto& i) { i.set_mtu(67); }, "lan", "its MTU is none"},
      {[](auto& i) { i.set_mtu(65536); }, "lan", "its MTU is none"},
      {[](auto& i) { i.add_addresses("10.0.0.1/33"); }, "lan", "an address is none: 10.0.0.1/33"},
      {[](auto& i) { i.add_routes()->set_destination("10.0.0.0/8"); }, "lan",
       "a route is none: 10.0.0.0/8"},
      {[](auto& i) {
         for (int n = 0; n <= NetworkServer::kMaxEntries; ++n) i.add_addresses("10.0.0.1/32");
       },
       "lan", "it has too many addresses or routes"},
      {[](auto& i) { i.set_name("lo"); }, "lo", "an interface of this name exists, and is no tap"},
  };
  for (const auto& row : rows) {
    api::Request request;
    row.spoil(*request.mutable_set_up()->add_interfaces() = good());
    const auto reply = ask(request);
    ASSERT_TRUE(reply) << row.error;
    EXPECT_EQ(reply->set_up().where(), row.where);
    EXPECT_EQ(reply->set_up().error(), row.error);
    EXPECT_FALSE(link("lan")) << row.error;
  }
  EXPECT_FALSE(ask({})) << "no request at all";
}

TEST_F(NetworkServerTest, TouchesOnlyTapsOfTheUser) {
  const ServerProcess server(path, geteuid());
  ASSERT_EQ(shell("ip tuntap add other mode tap user 12345"), 0);
  const auto before = link("other")->mac;
  for (const char* name : {"lo", "other"}) {
    api::Request request;
    request.mutable_set_mac()->set_ifindex(if_nametoindex(name));
    request.mutable_set_mac()->set_mac(std::string("\x02\0\0\0\0\x77", 6));
    auto reply = ask(request);
    ASSERT_TRUE(reply) << name;
    EXPECT_EQ(reply->refused().reason(), "the interface is not of this user") << name;
    request.mutable_nudge()->set_ifindex(if_nametoindex(name));
    request.mutable_nudge()->set_address("\x7f\x01\x01\x01");
    reply = ask(request);
    ASSERT_TRUE(reply) << name;
    EXPECT_EQ(reply->refused().reason(), "the interface is not of this user") << name;
  }
  EXPECT_EQ(link("other")->mac, before);
}

}  // namespace
}  // namespace junctor::dp
