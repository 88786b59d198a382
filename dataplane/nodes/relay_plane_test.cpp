// SPDX-License-Identifier: MIT
// PacketPlane with the relay graph, real worker threads and devices made of queues: what control
// does reaches the packets.
#include <gtest/gtest.h>
#include <rte_cycles.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "dataplane/core/packet_plane.hpp"
#include "dataplane/io/cpu.hpp"
#include "dataplane/nodes/relay_graph.hpp"
#include "dataplane/nodes/test_node.hpp"

namespace junctor::dp::test {
namespace {

// The mutex guards the queues between the test and the workers.
class QueueDevice final : public Device {
 public:
  QueueDevice(std::string name, unsigned receive_queues, unsigned transmit_queues)
      : name_(std::move(name)), received_(receive_queues), transmit_queues_(transmit_queues) {}
  ~QueueDevice() override {
    for (auto& queue : received_)
      for (rte_mbuf* packet : queue) rte_pktmbuf_free(packet);
  }

  void arrive(const Frame& frame, std::uint16_t port, unsigned queue = 0) {
    const std::lock_guard lock(mutex_);
    received_[queue].push_back(to_mbuf(frame, port));
  }
  std::size_t sent_count() {
    const std::lock_guard lock(mutex_);
    return sent_.size();
  }
  Frame take_sent() {
    const std::lock_guard lock(mutex_);
    Frame frame = std::move(sent_.front());
    sent_.pop_front();
    return frame;
  }
  void set_stuck(bool stuck) { stuck_ = stuck; }
  // Whoever comes to it meanwhile stands still.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }

  unsigned receive(unsigned queue, rte_mbuf** packets, unsigned max) noexcept override {
    const std::lock_guard lock(mutex_);
    unsigned n = 0;
    for (; n < max && !received_[queue].empty(); ++n) {
      packets[n] = received_[queue].front();
      received_[queue].pop_front();
    }
    return n;
  }
  unsigned transmit(unsigned, rte_mbuf** packets, unsigned count) noexcept override {
    const std::lock_guard lock(mutex_);
    if (stuck_) return 0;
    for (unsigned i = 0; i < count; ++i) {
      sent_.push_back(to_frame(packets[i]));
      rte_pktmbuf_free(packets[i]);
    }
    return count;
  }
  unsigned receive_queues() const override { return static_cast<unsigned>(received_.size()); }
  unsigned transmit_queues() const override { return transmit_queues_; }
  const std::string& name() const override { return name_; }
  const std::string& device() const override { return name_; }
  MacAddress mac() const override { return kGatewayMac; }
  Statistics statistics() const override { return {.link_up = true}; }

 private:
  std::string name_;
  std::mutex mutex_;
  std::vector<std::deque<rte_mbuf*>> received_;
  std::deque<Frame> sent_;
  unsigned transmit_queues_;
  std::atomic<bool> stuck_{false};
};

class RelayPlaneTest : public ::testing::Test {
 protected:
  void start(unsigned workers) {
    pool();
    phones = std::make_unique<QueueDevice>("phones", workers, workers);
    pbx = std::make_unique<QueueDevice>("pbx", 1, 1);
    PacketPlane::Setup setup;
    setup.ports = {phones.get(), pbx.get()};
    setup.worker_cores.assign(workers, allowed_cores().back());
    setup.pool = pool();
    setup.max_flows = 8;
    setup.media_port_min = 16384;
    setup.media_port_max = 32767;
    setup.tsc_hertz = rte_get_tsc_hz();
    setup.make_graph = make_relay_graph;
    plane = std::make_unique<PacketPlane>(std::move(setup));
    const IpAddress local[] = {*IpAddress::parse("10.0.1.1"), *IpAddress::parse("10.0.2.1")};
    ASSERT_TRUE(plane->set_local_addresses(local).ok());
  }
  // Until it is so; a worker that never comes to it fails the test.
  static bool eventually(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return true;
  }
  std::uint64_t count(std::string_view name) {
    for (const auto& row : plane->counters().rows())
      if (row.name == name) return row.value;
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }

  std::unique_ptr<QueueDevice> phones, pbx;
  std::unique_ptr<PacketPlane> plane;
};

TEST_F(RelayPlaneTest, TellsOfAWorkerThatStandsStill) {
  start(2);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(eventually([&] { return plane->workers_turn(); })) << "they turn all the time";
  {
    const auto held = pbx->hold();  // its only queue is the first worker's; the other goes on
    EXPECT_TRUE(eventually([&] { return !plane->workers_turn(); })) << "one stands still";
    EXPECT_FALSE(plane->workers_turn()) << "and is not forgiven for being asked again";
  }
  EXPECT_TRUE(eventually([&] { return plane->workers_turn(); })) << "it goes on";
}

TEST_F(RelayPlaneTest, RelaysUpdatesAndEnds) {
  start(1);
  const auto flow = plane->install(flow_template());
  ASSERT_TRUE(flow.ok());
  phones->arrive(udp({}), 0);
  ASSERT_TRUE(eventually([&] { return pbx->sent_count() == 1; }));
  EXPECT_EQ(see(pbx->take_sent()).to, "10.0.2.2:5000");
  EXPECT_EQ(plane->read(*flow).source.text(), "10.0.1.2:4000");
  unsigned learned = 0;
  EXPECT_TRUE(
      eventually([&] { return plane->poll_events(8, [&](const FlowEvent&) { ++learned; }) == 1; }));

  FlowTemplate elsewhere = flow_template();
  elsewhere.out->to = *SocketAddress::parse("10.0.2.9:7000");
  ASSERT_TRUE(plane->update(*flow, elsewhere).ok());
  phones->arrive(udp({.payload = rtp({.sequence = 101})}), 0);
  ASSERT_TRUE(eventually([&] { return pbx->sent_count() == 1; }));
  // The update and the packet take different ways: one more packet is behind both.
  pbx->take_sent();
  phones->arrive(udp({.payload = rtp({.sequence = 102})}), 0);
  ASSERT_TRUE(eventually([&] { return pbx->sent_count() == 1; }));
  EXPECT_EQ(see(pbx->take_sent()).to, "10.0.2.9:7000");

  EXPECT_EQ(plane->remove(*flow).packets_received, 3u);
  phones->arrive(udp({.payload = rtp({.sequence = 103})}), 0);
  EXPECT_TRUE(eventually([&] { return count("rtp_classify.no_flow") == 1; }));
  EXPECT_EQ(pbx->sent_count(), 0u);
}

// A datagram of control to one flow, relayed by it to the next, and so on, to the one that hands it to control: over
// the loop port alone, whichever workers the flows belong to.
TEST_F(RelayPlaneTest, ALoopIsRelayedAsAnyCallIs) {
  start(2);
  EXPECT_EQ(plane->ports().size(), 2u) << "of the configuration alone";
  const auto at = [](int port) {
    return *SocketAddress::parse("127.0.0.1:" + std::to_string(port));
  };
  const NextHop loop{plane->loop_port(), 0, {}, {}};
  std::optional<FlowId> last;
  for (int i = 0; i < 4; ++i) {
    FlowTemplate flow = flow_template();
    flow.local = at(20000 + 4 * i);
    flow.expected = at(20000 + 4 * i - 2);
    if (i < 3) {
      flow.out->from = at(20000 + 4 * i + 2);
      flow.out->to = at(20000 + 4 * (i + 1));
      flow.out->next_hop = loop;
    } else {
      flow.out.reset();
      flow.to_control = true;
    }
    const auto installed = plane->install(flow);
    ASSERT_TRUE(installed.ok()) << installed.error().text();
    last = *installed;
  }
  const Frame frame = udp({.from = "127.0.0.1:19998", .to = "127.0.0.1:20000", .mac = {}});
  ASSERT_TRUE(plane->transmit(loop.port, 0, frame));
  std::optional<FlowId> voice;
  std::string source;
  ASSERT_TRUE(eventually([&] {
    plane->poll_punted(8, [&](const PuntedPacket& packet) {
      voice = packet.voice;
      source = packet.source.text();
    });
    return voice.has_value();
  }));
  EXPECT_EQ(voice, last);
  EXPECT_EQ(source, "127.0.0.1:20010");
  phones->arrive(frame, 0);
  phones->arrive(udp({.from = "127.0.0.1:19998", .to = "127.0.0.1:20000"}), 0);
  EXPECT_TRUE(eventually([&] { return count("rtp_classify.loopback") == 1; })) << "not from a wire";
  EXPECT_EQ(phones->sent_count() + pbx->sent_count(), 0u) << "nothing leaves";
}

TEST_F(RelayPlaneTest, LegsAreUsedAgain) {
  start(1);
  for (int i = 0; i < 100; ++i) {
    std::optional<FlowId> flow;
    ASSERT_TRUE(eventually([&] {
      const auto installed = plane->install(flow_template());
      if (installed) flow = *installed;
      return flow.has_value();
    }));
    ASSERT_TRUE(plane->update(*flow, flow_template()).ok());
    plane->remove(*flow);
  }
}

TEST_F(RelayPlaneTest, PuntsWithoutTheTagAndMarksRtcp) {
  start(1);
  const auto flow = plane->install(flow_template());
  ASSERT_TRUE(flow.ok());
  const Frame rtcp{0x80, 200, 0, 6, 0, 0, 0, 1};
  phones->arrive(udp({.to = "10.0.1.1:5060", .vlan = 7}), 0);
  phones->arrive(udp({.from = "10.0.1.2:4001", .to = "10.0.1.1:16385", .payload = rtcp, .vlan = 7}),
                 0);
  std::vector<std::pair<PuntedPacket, Frame>> punted;
  ASSERT_TRUE(eventually([&] {
    plane->poll_punted(8, [&](const PuntedPacket& packet) {
      punted.emplace_back(packet, Frame(packet.frame.begin(), packet.frame.end()));
    });
    return punted.size() == 2;
  }));
  EXPECT_FALSE(punted[0].first.rtcp);
  EXPECT_EQ(punted[0].first.vlan, 7);
  EXPECT_EQ(punted[0].second, udp({.to = "10.0.1.1:5060"}));
  ASSERT_TRUE(punted[1].first.rtcp);
  EXPECT_EQ(*punted[1].first.rtcp, *flow);
  EXPECT_EQ(punted[1].first.source.text(), "10.0.1.2:4001");
  EXPECT_EQ(punted[1].second, rtcp);
}

TEST_F(RelayPlaneTest, PuntsVoiceOfAFlowThatSaysSo) {
  start(1);
  FlowTemplate endpoint = flow_template();
  endpoint.out.reset();
  endpoint.to_control = true;
  const auto flow = plane->install(endpoint);
  ASSERT_TRUE(flow.ok());
  phones->arrive(udp({.payload = rtp({.sequence = 7}), .vlan = 7}), 0);
  std::vector<std::pair<PuntedPacket, Frame>> punted;
  ASSERT_TRUE(eventually([&] {
    plane->poll_punted(8, [&](const PuntedPacket& packet) {
      punted.emplace_back(packet, Frame(packet.frame.begin(), packet.frame.end()));
    });
    return punted.size() == 1;
  }));
  EXPECT_FALSE(punted[0].first.rtcp);
  ASSERT_TRUE(punted[0].first.voice);
  EXPECT_EQ(*punted[0].first.voice, *flow);
  EXPECT_EQ(punted[0].first.source.text(), "10.0.1.2:4000");
  EXPECT_EQ(punted[0].second, rtp({.sequence = 7}));
  EXPECT_EQ(plane->read(*flow).packets_received, 1u);
}

TEST_F(RelayPlaneTest, WakesTheControlThread) {
  start(1);
  plane->arm();
  phones->arrive(udp({.to = "10.0.1.1:5060"}), 0);
  EXPECT_TRUE(eventually([&] {
    std::uint64_t wakes = 0;
    return read(plane->wake_fd(), &wakes, sizeof wakes) == sizeof wakes;
  }));
}

TEST_F(RelayPlaneTest, TransmitsWithTheTag) {
  start(1);
  const Frame frame = udp({});
  EXPECT_TRUE(plane->transmit(PortId(0), 0, frame));
  EXPECT_TRUE(plane->transmit(PortId(0), 7, frame));
  ASSERT_TRUE(eventually([&] { return phones->sent_count() == 2; }));
  EXPECT_EQ(phones->take_sent(), frame);
  EXPECT_EQ(phones->take_sent(), udp({.vlan = 7}));
  EXPECT_FALSE(plane->transmit(PortId(0), 0, Frame(5000))) << "longer than a buffer";
  EXPECT_EQ(plane->ports()[0].injected, 2u);
}

// Flows alternate between the workers; pbx has one queue, which worker 0 owns.
TEST_F(RelayPlaneTest, WorkersHandOverFlowsAndFrames) {
  start(2);
  FlowTemplate second = flow_template();
  second.local.port = 16390;
  ASSERT_TRUE(plane->install(flow_template()).ok());
  ASSERT_TRUE(plane->install(second).ok());
  for (unsigned queue = 0; queue < 2; ++queue) {
    phones->arrive(udp({}), 0, queue);
    phones->arrive(udp({.to = "10.0.1.1:16390"}), 0, queue);
  }
  EXPECT_TRUE(eventually([&] { return pbx->sent_count() == 4; }));
  EXPECT_EQ(count("handover.handed_over"), 2u);
}

TEST_F(RelayPlaneTest, APortThatTakesNothingHoldsNothingUp) {
  start(1);
  ASSERT_TRUE(plane->install(flow_template()).ok());
  pbx->set_stuck(true);
  phones->arrive(udp({}), 0);
  EXPECT_TRUE(eventually([&] { return count("worker.port_stuck") == 1; }));
  pbx->set_stuck(false);
  phones->arrive(udp({.payload = rtp({.sequence = 101})}), 0);
  EXPECT_TRUE(eventually([&] { return pbx->sent_count() == 1; }));
}

// "in phones 10.0.1.1:16384" of each packet that was copied: direction, port, destination.
std::vector<std::string> copied(CaptureSource& source, std::size_t at_least) {
  std::vector<std::string> out;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (out.size() < at_least && std::chrono::steady_clock::now() < end) {
    const std::size_t n = source.poll(64, [&out](const CapturedPacket& packet) {
      const Frame frame(packet.frame.begin(), packet.frame.end());
      out.push_back(std::string(packet.sent ? "out " : "in ") +
                    (packet.port == PortId(0) ? "phones " : "pbx ") + see(frame).to);
    });
    if (n == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Handed over and sent by another worker than received them: and still once in each direction.
TEST_F(RelayPlaneTest, ACaptureHasEachPacketOnceInEachDirection) {
  start(2);
  FlowTemplate second = flow_template();
  second.local.port = 16390;
  ASSERT_TRUE(plane->install(flow_template()).ok());
  ASSERT_TRUE(plane->install(second).ok());
  const auto source = plane->start_capture({{}, CaptureFilter::Voice::All, {}});
  for (unsigned queue = 0; queue < 2; ++queue) {
    phones->arrive(udp({}), 0, queue);
    phones->arrive(udp({.to = "10.0.1.1:16390"}), 0, queue);
    phones->arrive(udp({.to = "10.0.1.1:5060"}), 0, queue);
  }
  EXPECT_TRUE(plane->transmit(PortId(0), 7, udp({.from = "10.0.1.1:5060", .to = "10.0.1.2:5060"})));
  const std::string sip = "in phones 10.0.1.1:5060", voice = "out pbx 10.0.2.2:5000";
  EXPECT_EQ(copied(*source, 11), (std::vector<std::string>{
                                     "in phones 10.0.1.1:16384", "in phones 10.0.1.1:16384",
                                     "in phones 10.0.1.1:16390", "in phones 10.0.1.1:16390", sip,
                                     sip, voice, voice, voice, voice, "out phones 10.0.1.2:5060"}));
  plane->stop_capture();
  phones->arrive(udp({}), 0);
  ASSERT_TRUE(eventually([&] { return pbx->sent_count() == 5; }));
  EXPECT_EQ(source->poll(64, [](const CapturedPacket&) {}), 0u) << "nothing is copied any more";
  EXPECT_EQ(source->lost(PortId(0)), 0u);
}

TEST_F(RelayPlaneTest, ACaptureTakesWhatItsFilterSays) {
  start(1);
  ASSERT_TRUE(plane->install(flow_template()).ok());
  using Voice = CaptureFilter::Voice;
  const struct {
    const char* sentence;
    CaptureFilter filter;
    std::vector<std::string> copied;
  } rows[] = {
      {"all but voice",
       {{}, Voice::None, {}},
       {"in phones 10.0.1.1:5060", "in phones 10.9.9.9:16384"}},
      {"voice of other ports",
       {{}, Voice::Listed, {16390}},
       {"in phones 10.0.1.1:16390", "in phones 10.0.1.1:5060", "in phones 10.9.9.9:16384"}},
      {"voice that is received here",
       {{}, Voice::Listed, {16384}},
       {"in phones 10.0.1.1:16384", "in phones 10.0.1.1:5060", "in phones 10.9.9.9:16384"}},
      {"voice that is sent from here",
       {{}, Voice::Listed, {16386}},
       {"in phones 10.0.1.1:5060", "in phones 10.9.9.9:16384", "out pbx 10.0.2.2:5000"}},
      {"one port", {{PortId(1)}, Voice::All, {}}, {"out pbx 10.0.2.2:5000"}},
  };
  std::uint16_t sequence = 100;
  std::size_t relayed = 0;
  for (const auto& row : rows) {
    const auto source = plane->start_capture(row.filter);
    phones->arrive(udp({.to = "10.9.9.9:16384"}), 0);  // of another machine
    phones->arrive(udp({.to = "10.0.1.1:16390"}), 0);  // of no call any more
    phones->arrive(udp({.to = "10.0.1.1:5060", .vlan = 7}), 0);
    phones->arrive(udp({.payload = rtp({.sequence = ++sequence})}), 0);
    ++relayed;
    ASSERT_TRUE(eventually([&] { return pbx->sent_count() == relayed; }));
    plane->stop_capture();
    EXPECT_EQ(copied(*source, row.copied.size()), row.copied) << row.sentence;
    EXPECT_EQ(source->poll(64, [](const CapturedPacket&) {}), 0u) << row.sentence;
  }
}

// A port that takes nothing is offered the same frames again.
TEST_F(RelayPlaneTest, ACaptureHasAFrameThatWaitsOnce) {
  start(1);
  ASSERT_TRUE(plane->install(flow_template()).ok());
  const auto source = plane->start_capture({{}, CaptureFilter::Voice::All, {}});
  pbx->set_stuck(true);
  phones->arrive(udp({}), 0);
  const std::vector<std::string> once{"in phones 10.0.1.1:16384", "out pbx 10.0.2.2:5000"};
  EXPECT_EQ(copied(*source, 2), once);
  pbx->set_stuck(false);
  phones->arrive(udp({.payload = rtp({.sequence = 101})}), 0);
  EXPECT_EQ(copied(*source, 2), once);
  ASSERT_TRUE(eventually([&] { return pbx->sent_count() >= 1; }));
  EXPECT_EQ(source->poll(64, [](const CapturedPacket&) {}), 0u);
}

// Its thread stands still: the capture loses packets, the call does not.
TEST_F(RelayPlaneTest, ACaptureThatIsNotReadLosesOnlyItsOwn) {
  start(1);
  ASSERT_TRUE(plane->install(flow_template()).ok());
  const auto source = plane->start_capture({{}, CaptureFilter::Voice::All, {}});
  constexpr unsigned kPackets = 20'000;  // more than its ring holds
  for (unsigned sent = 0; sent < kPackets;) {
    for (unsigned i = 0; i < 100; ++i, ++sent)
      phones->arrive(udp({.payload = rtp({.sequence = static_cast<std::uint16_t>(sent)})}), 0);
    ASSERT_TRUE(eventually([&] { return pbx->sent_count() == sent; }));
  }
  EXPECT_GT(source->lost(PortId(0)), 0u);
  EXPECT_EQ(source->lost(PortId(0)) + source->lost(PortId(1)) +
                source->poll(3 * kPackets, [](const CapturedPacket&) {}),
            2 * kPackets);
}

}  // namespace
}  // namespace junctor::dp::test
