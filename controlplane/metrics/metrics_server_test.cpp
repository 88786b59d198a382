// SPDX-License-Identifier: MIT
#include "controlplane/metrics/metrics_server.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "controlplane/b2bua/testing/no_switchboard.hpp"
#include "controlplane/metrics/http_client_test_kit.hpp"
#include "controlplane/routing/routing_test_kit.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cp {
namespace {

class FakeBoard final : public NoSwitchboard {
 public:
  std::uint32_t calls() const override { return 7; }
};

// Answers when the test says so.
class FakeMedia final : public MediaPlane {
 public:
  void set_listener(Listener) override {}
  std::optional<std::uint16_t> allocate_port(const IpAddress&) override { return {}; }
  bool claim_port(const IpAddress&, std::uint16_t) override { return true; }
  void release_port(const IpAddress&, std::uint16_t) override {}
  void apply(media::v1::Session) override {}
  void remove(const std::string&, OnRemoved) override {}
  void get_statistics(const media::v1::GetStatistics& what, OnStatistics on_answer) override {
    EXPECT_TRUE(what.ports() && what.counters() && what.workers() && what.totals());
    EXPECT_FALSE(what.all_sessions());
    asked.push_back(std::move(on_answer));
    if (!holds_back) answer();
  }
  bool is_connected() const override { return statistics.has_value(); }
  void answer() {
    for (const OnStatistics& tell : std::exchange(asked, {})) tell(statistics);
  }

  std::vector<OnStatistics> asked;
  std::optional<media::v1::Statistics> statistics;
  bool holds_back = false;
};

constexpr std::array<CounterDesc, 1> kCounts{{{"odd-one", Severity::Info, "something odd"}}};

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() {
    add_trunk(config_, "pbx", {"192.0.2.9:5060", "192.0.2.10:5060"});
    config_.mutable_sip()->set_max_calls(500);
    EXPECT_TRUE(configure(trunks_, config_, plugins_));
    counters_.add("test", counts_.descriptions(), counts_.values());
  }

  std::string collect() {
    std::string out;
    metrics_.collect([&](const std::string& text) { out = text; });
    return out;
  }
  static media::v1::Statistics dataplane() {
    media::v1::Statistics out;
    auto& port = *out.add_ports();
    port.set_name("lan");
    port.set_link_up(true);
    port.set_octets_sent(9'007'199);
    auto& worker = *out.add_workers();
    worker.set_core(3);
    worker.set_busy_permille(125);
    auto& counter = *out.add_counters();
    counter.set_name("test.odd-one");
    counter.set_value(5);
    counter.set_sentence("something odd");
    out.mutable_totals()->set_legs(4);
    out.mutable_totals()->set_packets_received(146);
    out.mutable_totals()->set_packets_lost(-1);
    return out;
  }
  static void expect_lines(const std::string& text, std::vector<std::string> lines) {
    for (const std::string& line : lines)
      EXPECT_NE(("\n" + text).find("\n" + line + "\n"), std::string::npos) << line << "\nin\n"
                                                                           << text;
  }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  Plugins plugins_;
  config::v1::Config config_ = two_listeners();
  TrunkTable trunks_;
  CounterRegistry counters_;
  CounterSet<1> counts_{kCounts};
  FakeBoard board_;
  FakeMedia media_;
  CallStatistics ended_;
  Metrics metrics_{{board_, trunks_, media_, counters_, ended_, config_, nullptr, "1.2.3",
                    Milliseconds{1'700'000'000'500}}};
};

TEST_F(MetricsTest, SayWhatTheControlPlaneKnows) {
  Trunk& trunk = *trunks_.find("pbx");
  trunk.calls = 2;
  trunk.calls_in = 3;
  trunk.calls_out = 9;
  trunk.counts().in.answered = 1;
  trunk.counts().out.fail(486);
  trunk.counts().out.fail(486);
  trunk.tally().calls_refused = 4;
  trunk.peers()[1].state = TrunkPeer::State::Down;
  trunk.peers()[0].round_trip_us = 1500;
  counts_[0].add(6);
  const std::string text = collect();
  expect_lines(
      text,
      {"junctor_calls 7", "junctor_calls_limit 500", "junctor_dataplane_up 0",
       "process_start_time_seconds 1700000000.5", "junctor_trunk_up{trunk=\"pbx\"} 1",
       "junctor_trunk_calls{trunk=\"pbx\"} 2",
       "junctor_trunk_attempts_total{trunk=\"pbx\",direction=\"in\"} 3",
       "junctor_trunk_attempts_total{trunk=\"pbx\",direction=\"out\"} 9",
       "junctor_trunk_answered_total{trunk=\"pbx\",direction=\"in\"} 1",
       "junctor_trunk_refused_total{trunk=\"pbx\"} 4",
       "junctor_trunk_failed_total{trunk=\"pbx\",direction=\"out\",class=\"4xx\",status="
       "\"486\"} 2",
       "junctor_peer_up{trunk=\"pbx\",peer=\"192.0.2.9:5060\"} 1",
       "junctor_peer_up{trunk=\"pbx\",peer=\"192.0.2.10:5060\"} 0",
       "junctor_peer_options_round_trip_seconds{trunk=\"pbx\",peer=\"192.0.2.9:5060\"} 0.0015",
       "# HELP junctor_test_odd_one_total something odd",
       "junctor_test_odd_one_total{program=\"control\"} 6"});
  EXPECT_EQ(text.find("junctor_port"), std::string::npos) << "there is no dataplane";
  trunk.retire();
  expect_lines(collect(), {"junctor_trunk_up{trunk=\"pbx\"} 0"});
}

TEST_F(MetricsTest, SayWhatTheDataplaneSays) {
  media_.statistics = dataplane();
  const std::string text = collect();
  expect_lines(text,
               {"junctor_dataplane_up 1", "junctor_port_up{port=\"lan\"} 1",
                "junctor_port_sent_bytes_total{port=\"lan\"} 9007199",
                "junctor_worker_busy_ratio{core=\"3\"} 0.125", "junctor_live_legs 4",
                "junctor_live_packets_received 146", "junctor_live_packets_lost -1",
                "junctor_live_packets_sent 0", "junctor_test_odd_one_total{program=\"control\"} 0",
                "junctor_test_odd_one_total{program=\"dataplane\"} 5"});
}

TEST_F(MetricsTest, NoFamilyComesTwice) {
  media_.statistics = dataplane();
  std::set<std::string> seen;
  std::istringstream lines(collect());
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# TYPE ", 0) != 0) continue;
    EXPECT_TRUE(seen.insert(line).second) << line;
  }
  EXPECT_GT(seen.size(), 30u);
}

TEST_F(MetricsTest, TheDataplaneIsAskedOnceForManyScrapes) {
  media_.holds_back = true;
  int heard = 0;
  for (int i = 0; i < 3; ++i) metrics_.collect([&](const std::string&) { ++heard; });
  EXPECT_EQ(media_.asked.size(), 1u);
  media_.answer();
  EXPECT_EQ(heard, 3);
}

TEST_F(MetricsTest, AreServedWhereTheConfigurationWantsThem) {
  MetricsServer server(*loop_, metrics_);
  config::v1::Prometheus wanted;
  server.set(wanted);
  EXPECT_FALSE(server.address());
  wanted.set_address("127.0.0.1");
  wanted.set_port(0);
  server.set(wanted);
  const auto address = server.address();
  ASSERT_TRUE(address);
  server.set(wanted);
  EXPECT_EQ(server.address(), address) << "what did not change is left alone";
  const std::string heard = ask(*loop_, *address, get("/metrics"));
  EXPECT_NE(heard.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos)
      << heard;
  EXPECT_NE(heard.find("\njunctor_calls 7\n"), std::string::npos) << heard;
  EXPECT_NE(ask(*loop_, *address, get("/")).find("/metrics\n"), std::string::npos);
  EXPECT_EQ(ask(*loop_, *address, get("/other")).rfind("HTTP/1.1 404", 0), 0u);
  server.set({});
  EXPECT_FALSE(server.address());
  run_beside(*loop_, [&] { EXPECT_FALSE(Connection(*address).is_open()); });
}

TEST_F(MetricsTest, APortThatIsTakenIsTriedAgain) {
  MetricsServer first(*loop_, metrics_);
  config::v1::Prometheus wanted;
  wanted.set_address("127.0.0.1");
  wanted.set_port(0);
  first.set(wanted);
  wanted.set_port(first.address()->port);
  MetricsServer second(*loop_, metrics_, Milliseconds{20});
  second.set(wanted);
  EXPECT_FALSE(second.address());
  EXPECT_NE(second.complaint().find("in use"), std::string::npos) << second.complaint();
  first.set({});
  const auto look = loop_->every(Milliseconds{5}, [&] {
    if (second.address()) loop_->stop();
  });
  loop_->run();
  EXPECT_EQ(second.address()->port, wanted.port());
  EXPECT_EQ(second.complaint(), "");
}

}  // namespace
}  // namespace junctor::cp
