// SPDX-License-Identifier: MIT
#include "dataplane/control/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "dataplane/control/test_network.hpp"
#include "dataplane/control/test_session.hpp"
#include "platform/ipc/channel.hpp"

namespace junctor::dp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A junctor-control that asks one thing at a time.
class Control {
 public:
  Control(ipc::Loop& loop, const std::string& path) : loop_(loop) {
    client_ =
        ipc::Client::connect(loop, path, {},
                             {[this] { ++connections; }, [this](Bytes frame) { on_frame(frame); },
                              [this](const std::string&) { ++losses; }});
    EXPECT_TRUE(run_until(loop_, [this] { return connections > 0; }));
  }

  api::Reply ask(api::Request request) {
    if (request.id() == 0) request.set_id(++last_id_);
    return ask_raw(request);
  }
  api::Reply ask_raw(const api::Request& request) {
    api::FromControl message;
    *message.mutable_request() = request;
    replies_.clear();
    EXPECT_TRUE(client_->send(message));
    EXPECT_TRUE(run_until(loop_, [this] { return !replies_.empty(); }));
    return replies_.empty() ? api::Reply{} : replies_.front();
  }
  api::Reply hello(unsigned version = 1) {
    api::Request request;
    request.mutable_hello()->set_version(version);
    return ask(request);
  }
  api::Reply apply(const std::vector<api::Session>& sessions) {
    api::Request request;
    request.mutable_apply();
    for (const api::Session& s : sessions) *request.mutable_apply()->add_sessions() = s;
    return ask(request);
  }
  api::Reply sync(const std::vector<api::Session>& sessions, bool last = true) {
    api::Request request;
    request.mutable_sync()->set_last(last);
    for (const api::Session& s : sessions) *request.mutable_sync()->add_sessions() = s;
    return ask(request);
  }

  std::vector<api::Event> events;
  unsigned connections = 0, losses = 0;
  std::unique_ptr<ipc::Client> client_;

 private:
  void on_frame(Bytes frame) {
    api::FromDataplane message;
    ASSERT_TRUE(message.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
    if (message.has_reply()) replies_.push_back(message.reply());
    if (message.has_event()) events.push_back(message.event());
  }

  ipc::Loop& loop_;
  std::uint64_t last_id_ = 0;
  std::vector<api::Reply> replies_;
};

// In which single timers may go off sooner than they were set to.
class QuickLoop final : public ipc::Loop {
 public:
  ipc::HandlePtr watch(int fd, std::uint8_t interest,
                       std::function<void(std::uint8_t)> on_ready) override {
    return inner_->watch(fd, interest, std::move(on_ready));
  }
  ipc::HandlePtr after(Nanoseconds delay, std::function<void()> on_time) override {
    return inner_->after(delay / divisor, std::move(on_time));
  }
  ipc::HandlePtr every(Nanoseconds interval, std::function<void()> on_time) override {
    return inner_->every(interval, std::move(on_time));
  }
  void post(std::function<void()> function) override { inner_->post(std::move(function)); }
  void run() override { inner_->run(); }
  void stop() override { inner_->stop(); }
  const Clock& clock() const override { return inner_->clock(); }

  int divisor = 1;

 private:
  std::unique_ptr<ipc::Loop> inner_ = ipc::make_epoll_loop();
};

// A connection that says one thing, or nothing.
struct Stranger {
  Stranger(ipc::Loop& loop, const std::string& path) {
    auto connected = ipc::connect_once(loop, path, {});
    EXPECT_TRUE(connected);
    channel = std::move(*connected);
    channel->set_callbacks({[this](Bytes frame) {
                              api::FromDataplane message;
                              EXPECT_TRUE(ipc::parse_frame(frame, message));
                              heard = message.reply().error();
                            },
                            [this](const std::string&) { is_closed = true; }});
  }
  std::string heard;
  bool is_closed = false;
  std::unique_ptr<ipc::Channel> channel;
};

// The whole service on a real Unix socket and the real kernel; the plane alone is a fake.
class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!enter_empty_network()) FAIL() << "needs a network namespace";
    if (access("/dev/net/tun", R_OK | W_OK) != 0) FAIL() << "needs /dev/net/tun";
    char folder[] = "/tmp/junctor-service-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    run_dir = folder;
    PlanePort port;
    port.id = PortId{1};
    port.name = "lan";
    port.device = "net_fake0";
    port.mac = {2, 0, 0, 0, 0, 1};
    plane.port_list = {port};
    config::v1::Port& p = *config.mutable_dataplane()->add_ports();
    p.set_name("lan");
    p.set_mtu(1500);
    p.add_addresses("192.0.2.1/24");
    p.add_addresses("198.51.100.1/24");
    config::v1::KernelRoute& route = *p.add_routes();
    route.set_destination("10.0.0.0/8");
    route.set_gateway("192.0.2.254");
    config.mutable_dataplane()->set_max_legs(4);
    start();
  }
  void TearDown() override {
    service.reset();
    if (!run_dir.empty()) std::filesystem::remove_all(run_dir);
  }
  void start() {
    auto created = Service::create(*loop, plane, config, run_dir, registry, clock);
    ASSERT_TRUE(created) << created.error().text();
    service = std::move(*created);
  }
  std::string socket() const { return run_dir + "/media.sock"; }
  std::uint64_t counter(const std::string& name) const {
    for (const auto& row : registry.rows()) {
      if (row.name == name) return row.value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }

  FakeClock clock;
  FakePlane plane{clock};
  std::unique_ptr<ipc::Loop> loop = ipc::make_epoll_loop();
  CounterRegistry registry;
  config::v1::Config config;
  std::string run_dir;
  std::unique_ptr<Service> service;
};

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

TEST_F(ServiceTest, RefusesRequestsThatMakeNoSense) {
  Control control(*loop, socket());
  api::Request request;
  request.mutable_get_statistics();
  EXPECT_THAT(control.ask(request).error(), HasSubstr("the first request"));
  EXPECT_THAT(control.hello(2).error(), HasSubstr("version 2 is not spoken"));
  EXPECT_EQ(control.hello().error(), "");
  EXPECT_THAT(control.ask(api::Request{}).error(), HasSubstr("of no kind"));
  EXPECT_THAT(control.ask_raw(api::Request{}).error(), HasSubstr("no id"));
  api::Request trusted;
  trusted.mutable_set_trusted()->add_addresses("123");
  EXPECT_THAT(control.ask(trusted).error(), HasSubstr("4 nor of 16"));
  trusted.mutable_set_trusted()->set_addresses(0, std::string("\x0a\0\0\1", 4));
  trusted.mutable_set_trusted()->add_signalling_ports(5060);
  trusted.mutable_set_trusted()->set_stranger_packets_per_second(7);
  EXPECT_EQ(control.ask(trusted).error(), "");
  EXPECT_EQ(plane.policer.stranger_packets_per_second, 7U);
  EXPECT_THAT(plane.policer.trusted, ElementsAre(ip("10.0.0.1")));
  EXPECT_EQ(counter("media_api.refused_requests"), 5U);

  const api::Reply reply =
      control.apply({session_message("s1"), session_message("s2"), session_message("s3", 22000),
                     session_message("s4", 23000)});
  ASSERT_EQ(reply.sessions_size(), 4);
  EXPECT_EQ(reply.sessions(0).error(), "");
  EXPECT_THAT(reply.sessions(1).error(), HasSubstr("taken by session s1"));
  EXPECT_EQ(reply.sessions(2).error(), "");
  EXPECT_THAT(reply.sessions(3).error(), HasSubstr("all 4 legs are in use"));
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

TEST_F(ServiceTest, ASecondControlTakesThePlaceOfTheFirst) {
  Control first(*loop, socket());
  first.hello();
  first.apply({session_message("s1")});
  Control second(*loop, socket());
  EXPECT_EQ(second.hello().error(), "");
  EXPECT_EQ(plane.flows.size(), 2U);
  ASSERT_TRUE(run_until(*loop, [&] { return first.losses > 0; }));
  first.client_.reset();  // it would come back, and take the place of the second
  EXPECT_GE(counter("media_api.replaced"), 1U);
  EXPECT_EQ(plane.flows.size(), 2U);
}

TEST_F(ServiceTest, BytesThatAreNoMessageEndTheConnection) {
  Control control(*loop, socket());
  control.hello();
  // A field of octets where the request is expected.
  api::SocketAddress nonsense;
  nonsense.set_ip(std::string("\xff\xff\xff\xff\xff", 5));
  control.client_->send(nonsense);
  ASSERT_TRUE(run_until(*loop, [&] { return control.losses > 0; }));
  EXPECT_EQ(counter("media_api.bad_messages"), 1U);
}

TEST_F(ServiceTest, WhoSaysNoValidHelloTakesNobodysPlace) {
  Control control(*loop, socket());
  control.hello();
  control.apply({session_message("s1")});

  Stranger silent(*loop, socket()), garbage(*loop, socket()), other(*loop, socket()),
      rude(*loop, socket());
  api::SocketAddress nonsense;
  nonsense.set_ip(std::string("\xff\xff\xff\xff\xff", 5));
  garbage.channel->send(nonsense);
  api::FromControl hello, removal;
  hello.mutable_request()->set_id(1);
  hello.mutable_request()->mutable_hello()->set_version(2);
  other.channel->send(hello);
  removal.mutable_request()->set_id(1);
  removal.mutable_request()->mutable_remove()->add_session_ids("s1");
  rude.channel->send(removal);
  ASSERT_TRUE(run_until(
      *loop, [&] { return garbage.is_closed && !other.heard.empty() && !rude.heard.empty(); }));
  EXPECT_THAT(other.heard, HasSubstr("version 2 is not spoken"));
  EXPECT_THAT(rude.heard, HasSubstr("the first request"));
  EXPECT_FALSE(silent.is_closed) << "it has some seconds";

  EXPECT_EQ(control.sync({session_message("s1")}).error(), "") << "control is served as before";
  EXPECT_EQ(plane.flows.size(), 2U);
  EXPECT_EQ(control.losses, 0U);
  EXPECT_EQ(counter("media_api.connections"), 1U);
  EXPECT_EQ(counter("media_api.replaced"), 0U);
  EXPECT_EQ(counter("media_api.no_hello"), 1U);
  EXPECT_EQ(counter("media_api.bad_messages"), 1U);
  rude.channel.reset();
  ASSERT_TRUE(run_until(*loop, [&] { return counter("media_api.no_hello") == 2; }));
}

TEST_F(ServiceTest, WhoSaysNoHelloIsNotWaitedForLong) {
  service.reset();
  auto own = std::make_unique<QuickLoop>();
  QuickLoop& quick = *own;
  loop = std::move(own);
  start();
  Control control(*loop, socket());
  control.hello();
  Stranger silent(*loop, socket());
  quick.divisor = 500;
  auto watch = quick.every(Milliseconds{1}, [&] {
    if (silent.is_closed) quick.stop();
  });
  auto limit = quick.every(Seconds{10}, [&] { quick.stop(); });
  quick.run();
  watch.reset();
  limit.reset();
  quick.divisor = 1;
  ASSERT_TRUE(silent.is_closed);
  EXPECT_EQ(counter("media_api.no_hello"), 1U);

  std::vector<std::unique_ptr<Stranger>> many;
  many.reserve(20);
  for (int i = 0; i < 20; ++i) many.push_back(std::make_unique<Stranger>(*loop, socket()));
  ASSERT_TRUE(run_until(*loop, [&] { return counter("media_api.no_hello") == 5; }))
      << "16 may wait, the longest waiting go";
  ASSERT_TRUE(run_until(*loop, [&] { return many[3]->is_closed; }));
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(many[i]->is_closed, i < 4) << i;
  EXPECT_EQ(control.hello().error(), "");
  EXPECT_EQ(control.losses, 0U);
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
