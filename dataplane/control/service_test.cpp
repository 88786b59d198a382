// SPDX-License-Identifier: MIT
#include "dataplane/control/service.hpp"

#include <filesystem>

#include "dataplane/control/test_service.hpp"

namespace junctor::dp {
namespace {

using testing::HasSubstr;

TEST_F(ServiceTest, ACallIsInstalledResolvedReportedAndRemoved) {
  FakeHost host(*loop, plane);
  Control control(*loop, socket());
  const api::Reply hello = control.hello();
  EXPECT_EQ(hello.error(), "");
  EXPECT_EQ(hello.hello().version(), 1U);
  EXPECT_NE(hello.hello().boot_id(), 0U);
  EXPECT_EQ(hello.hello().max_legs(), 4U);
  EXPECT_EQ(hello.hello().local_addresses_size(), 2);

  const api::Reply reply = control.sync({session_message("s1")});
  ASSERT_EQ(reply.sessions_size(), 1);
  EXPECT_EQ(reply.sessions(0).error(), "");
  // The kernel finds the router by ARP through the tap, and the flows get their next hop.
  ASSERT_TRUE(
      run_until(*loop, [&] { return plane.at("192.0.2.1:20000")->out->next_hop.has_value(); }));
  EXPECT_EQ(plane.at("192.0.2.1:20000")->out->next_hop->destination, host.mac);

  plane.learn("192.0.2.1:20000", at("10.7.7.7:7000"));
  ASSERT_TRUE(run_until(*loop, [&] { return !control.events.empty(); }));
  EXPECT_EQ(control.events[0].source_learned().session_id(), "s1");
  EXPECT_EQ(control.events[0].source_learned().source().port(), 7000U);
  EXPECT_EQ(plane.at("198.51.100.1:20000")->out->to, at("10.7.7.7:7000"));

  clock.advance(Seconds{1});
  ASSERT_TRUE(run_until(*loop, [&] { return counter("rtcp.sent") >= 2; }));

  api::Request get;
  get.mutable_get_statistics()->set_all_sessions(true);
  get.mutable_get_statistics()->set_ports(true);
  get.mutable_get_statistics()->set_counters(true);
  get.mutable_get_statistics()->set_workers(true);
  const api::Statistics stats = control.ask(get).statistics();
  ASSERT_EQ(stats.sessions_size(), 1);
  EXPECT_EQ(stats.sessions(0).legs(0).rtcp_sent(), 1U);
  EXPECT_EQ(stats.sessions(0).legs(0).learned().port(), 7000U);
  ASSERT_EQ(stats.ports_size(), 1);
  EXPECT_EQ(stats.ports(0).mac(), "02:00:00:00:00:01");
  EXPECT_THAT(stats.ports(0).addresses(),
              testing::UnorderedElementsAre("192.0.2.1/24", "198.51.100.1/24"));
  EXPECT_GT(stats.counters_size(), 20);
  EXPECT_EQ(stats.workers_size(), 1);

  api::Request remove;
  remove.mutable_remove()->add_session_ids("s1");
  remove.mutable_remove()->add_session_ids("s2");
  const api::Reply removed = control.ask(remove);
  ASSERT_EQ(removed.sessions_size(), 2);
  EXPECT_EQ(removed.sessions(0).last().legs_size(), 2);
  EXPECT_THAT(removed.sessions(1).error(), HasSubstr("no such session"));
  EXPECT_TRUE(plane.flows.empty());
}

TEST_F(ServiceTest, MediaGoesOnWithoutControl) {
  {
    Control control(*loop, socket());
    control.hello();
    control.sync({session_message("s1"), session_message("s2", 22000)});
  }
  clock.advance(Seconds{30});
  ASSERT_EQ(plane.flows.size(), 4U);
  plane.stats_at("192.0.2.1:22000").last_received = clock.now();
  clock.advance(Seconds{31});  // s1 times out while nobody listens
  const std::uint64_t sent = counter("rtcp.no_next_hop") + counter("rtcp.sent");
  ASSERT_TRUE(run_until(*loop, [&] {
    return counter("rtcp.no_next_hop") + counter("rtcp.sent") > sent;
  })) << "RTCP goes on";

  Control control(*loop, socket());
  control.hello();
  const std::size_t installs = plane.installs;
  control.sync({session_message("s1"), session_message("s2", 22000)}, false);
  control.sync({}, true);
  EXPECT_EQ(plane.installs, installs);
  ASSERT_TRUE(run_until(*loop, [&] { return !control.events.empty(); }));
  ASSERT_EQ(control.events.size(), 1U);
  EXPECT_EQ(control.events[0].media_timeout().session_id(), "s1");
  EXPECT_EQ(control.events[0].media_timeout().silent_s(), 61U);
}

TEST_F(ServiceTest, ASyncThatBreaksOffRemovesNothing) {
  {
    Control control(*loop, socket());
    control.hello();
    control.sync({session_message("s1"), session_message("s2", 22000)});
    control.sync({session_message("s1")}, false);
  }
  Control control(*loop, socket());
  control.hello();
  control.apply({});
  EXPECT_EQ(plane.flows.size(), 4U);
  control.sync({session_message("s2", 22000)});
  EXPECT_EQ(plane.flows.size(), 2U);
}

TEST_F(ServiceTest, AnAddressThatAppearsCanBeUsed) {
  Control control(*loop, socket());
  control.hello();
  api::Session message = session_message("s1");
  *message.mutable_legs(0)->mutable_local() = to_message(at("192.0.2.77:20000"));
  EXPECT_THAT(control.apply({message}).sessions(0).error(),
              HasSubstr("no address of this gateway"));
  ASSERT_EQ(shell("ip addr add 192.0.2.77/32 dev lan"), 0);
  ASSERT_TRUE(run_until(*loop, [&] { return plane.addresses.size() == 3; }));
  EXPECT_EQ(control.apply({message}).sessions(0).error(), "");
}

TEST_F(ServiceTest, ARestartTakesUpTheInterfaces) {
  ASSERT_EQ(shell("ip addr add 192.0.2.77/32 dev lan"), 0);
  service.reset();
  EXPECT_FALSE(std::filesystem::exists(socket()));
  start();
  ASSERT_TRUE(run_until(*loop, [&] { return plane.addresses.size() == 3; }));
  Control control(*loop, socket());
  EXPECT_EQ(control.hello().hello().local_addresses_size(), 3);
}

}  // namespace
}  // namespace junctor::dp
