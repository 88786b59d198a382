// SPDX-License-Identifier: MIT
// Nanoseconds a packet of the whole node pipeline (classify, relay, transmit) in memory, without a
// port, in random order of flows; beside a bare loop that touches the same cache lines in the same
// order, and does nothing else:
//
//   relay            the pipeline
//   touch            mbuf, frame, port table, flow head read, flow count written; prefetched in the
//   pipeline's two steps touch_in_order   the same, line after line, without prefetching
//
//   nodes_bench --benchmark_filter=/50000
//
// Frames are G.711 of 20 ms: 214 octets, with UDP checksum. A pass is kPackets packets of random
// flows, as many as a few rings hold; the clock runs for the pass only, not while the frames of the
// next one are made.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/core/context.hpp"
#include "dataplane/core/flow_table.hpp"
#include "dataplane/core/tsc_clock.hpp"
#include "dataplane/core/wire.hpp"
#include "dataplane/nodes/relay_graph.hpp"
#include "dataplane/nodes/test_node.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp::test {
namespace {

constexpr unsigned kBursts = 60;
constexpr unsigned kPackets = kBursts * kMaxBurst;
constexpr unsigned kFirstPort = 2048, kPortsPerAddress = (65536 - kFirstPort) / 2;

struct Leg {
  std::uint32_t local_ip = 0, peer_ip = 0;  // network order
  std::uint16_t local_port = 0, peer_port = 0;
  std::uint16_t sequence = 0;
};

SocketAddress address(std::uint32_t network_ip, std::uint16_t network_port) {
  std::uint8_t octets[4];
  wire::put(octets, network_ip);
  return {IpAddress::from_bytes(octets), wire::swap(network_port)};
}

class Relay {
 public:
  explicit Relay(unsigned legs)
      : store_(legs),
        table_(store_, 1, 2),
        context_(store_, {&punted_, &events_, {}}, 0),
        graph_(make_relay_graph()) {
    pool();
    clock_ = std::make_unique<TscClock>(rte_get_tsc_hz());
    frame_ = udp({});
    snapshot_.macs[0] = snapshot_.macs[1] = kGatewayMac;
    snapshot_.media_port_min = kFirstPort;
    snapshot_.media_port_max = 65535;
    snapshot_.local = LocalAddresses(legs / kPortsPerAddress + 1);
    for (unsigned i = 0; i < legs; ++i) install(i);
    for (unsigned i = 0; i < kPackets; ++i) packets_.push_back(to_mbuf(frame_));
    data_off_ = packets_[0]->data_off;
    // Once through all legs: the sources are learned.
    for (unsigned i = 0; i < legs; i += kPackets) {
      for (unsigned j = 0; j < kPackets; ++j) prepare(j, (i + j) % legs);
      run();
    }
    events_.pop(std::span(drain_));
  }
  ~Relay() {
    for (rte_mbuf* packet : packets_) rte_pktmbuf_free(packet);
  }

  // Frames of random legs.
  void shuffle() {
    std::uniform_int_distribution<unsigned> leg(0, static_cast<unsigned>(legs_.size()) - 1);
    for (unsigned i = 0; i < kPackets; ++i) prepare(i, leg(random_));
  }

  // All packets through the graph. How many came out.
  unsigned run() {
    unsigned sent = 0;
    for (unsigned b = 0; b < kBursts; ++b) {
      Burst& burst = graph_.input();
      std::memcpy(burst.packets.data(), &packets_[std::size_t{b} * kMaxBurst],
                  sizeof burst.packets);
      burst.count = kMaxBurst;
      context_.begin(clock_->now_ns(), snapshot_);
      graph_.run(context_);
      sent += context_.outbox(1).count;
      context_.outbox(1).count = 0;
    }
    return sent;
  }

  // The lines that a packet needs, and no work on them.
  template <bool kPrefetch>
  std::uint64_t touch() {
    std::uint64_t sum = 0;
    std::array<const std::atomic<std::uint32_t>*, kMaxBurst> slots;
    std::array<FlowHot*, kMaxBurst> flows;
    for (unsigned b = 0; b < kBursts; ++b) {
      rte_mbuf** packets = &packets_[std::size_t{b} * kMaxBurst];
      if (kPrefetch)
        for (unsigned i = 0; i < kMaxBurst; ++i) rte_prefetch0(rte_pktmbuf_mtod(packets[i], void*));
      for (unsigned i = 0; i < kMaxBurst; ++i) {
        const auto* frame = rte_pktmbuf_mtod(packets[i], const std::uint8_t*);
        const auto* table = snapshot_.local.find_v4(wire::get<std::uint32_t>(frame + 30));
        slots[i] = &(*table)[wire::swap(wire::get<std::uint16_t>(frame + 36))];
        if (kPrefetch) rte_prefetch0(slots[i]);
      }
      for (unsigned i = 0; i < kMaxBurst; ++i) {
        flows[i] = &store_.hot(FlowSlot(slots[i]->load(std::memory_order_acquire)).flow());
        if (kPrefetch) rte_prefetch0(&flows[i]->head);
        if (kPrefetch) rte_prefetch0(&flows[i]->count);
      }
      for (unsigned i = 0; i < kMaxBurst; ++i) {
        sum += flows[i]->head.ssrc + *rte_pktmbuf_mtod(packets[i], const std::uint8_t*);
        flows[i]->count.packets.add();
      }
    }
    return sum;
  }

 private:
  void install(unsigned i) {
    Leg leg;
    leg.local_ip = wire::swap(0x0a000001u + i / kPortsPerAddress);
    leg.local_port = wire::swap(static_cast<std::uint16_t>(kFirstPort + i % kPortsPerAddress * 2));
    leg.peer_ip = wire::swap(0x0b000000u + i);
    leg.peer_port = wire::swap(static_cast<std::uint16_t>(4000 + i % 1000 * 2));
    FlowTemplate flow = flow_template();
    flow.local = address(leg.local_ip, leg.local_port);
    flow.expected = address(leg.peer_ip, leg.peer_port);
    if (i % kPortsPerAddress == 0)
      snapshot_.local.add(flow.local.ip, table_.table_of(flow.local.ip));
    JUNCTOR_ASSERT(table_.install(flow).ok());
    legs_.push_back(leg);
  }

  // The next packet of a leg, in buffer i.
  void prepare(unsigned i, unsigned leg_index) {
    Leg& leg = legs_[leg_index];
    rte_mbuf* packet = packets_[i];
    packet->data_off = data_off_;
    packet->data_len = static_cast<std::uint16_t>(frame_.size());
    packet->pkt_len = packet->data_len;
    packet->port = 0;
    auto* frame = rte_pktmbuf_mtod(packet, std::uint8_t*);
    std::memcpy(frame, frame_.data(), frame_.size());
    wire::put(frame + 26, leg.peer_ip);
    wire::put(frame + 30, leg.local_ip);
    wire::put(frame + 34, leg.peer_port);
    wire::put(frame + 36, leg.local_port);
    ++leg.sequence;
    wire::put(frame + 44, wire::swap(leg.sequence));
    wire::put(frame + 46, wire::swap(leg.sequence * 160u));
    wire::put(frame + 40, std::uint16_t{0});
    const std::uint64_t pseudo = std::uint64_t{leg.peer_ip} + leg.local_ip +
                                 wire::swap(std::uint16_t{17}) +
                                 wire::get<std::uint16_t>(frame + 38);
    wire::put(frame + 40, static_cast<std::uint16_t>(
                              ~wire::fold(pseudo + wire::sum(frame + 34, frame_.size() - 34))));
  }

  FlowStore store_;
  FlowTable table_;
  MbufRing punted_{64};
  EventRing events_{64};
  Context context_;
  Graph graph_;
  Snapshot snapshot_;
  std::unique_ptr<TscClock> clock_;
  Frame frame_;
  std::vector<Leg> legs_;
  std::vector<rte_mbuf*> packets_;
  std::uint16_t data_off_ = 0;
  std::array<FlowEvent, 64> drain_;
  std::mt19937 random_{1};
};

template <typename Pass>
void measure(benchmark::State& state, Pass pass) {
  Relay relay(static_cast<unsigned>(state.range(0)));
  std::vector<double> passes;
  for (auto _ : state) {
    relay.shuffle();
    const std::uint64_t start = rte_rdtsc();
    pass(relay);
    const double passed =
        static_cast<double>(rte_rdtsc() - start) / static_cast<double>(rte_get_tsc_hz());
    state.SetIterationTime(passed);
    passes.push_back(passed);
  }
  // Of all passes the middle one: what other programs do to this core is in few of them.
  std::nth_element(passes.begin(), passes.begin() + passes.size() / 2, passes.end());
  state.counters["ns_per_packet"] = passes[passes.size() / 2] * 1e9 / kPackets;
}

void relay(benchmark::State& state) {
  measure(state, [](Relay& bench) { JUNCTOR_ASSERT(bench.run() == kPackets); });
}
void touch(benchmark::State& state) {
  measure(state, [](Relay& bench) { benchmark::DoNotOptimize(bench.touch<true>()); });
}
void touch_in_order(benchmark::State& state) {
  measure(state, [](Relay& bench) { benchmark::DoNotOptimize(bench.touch<false>()); });
}

BENCHMARK(relay)->Arg(1000)->Arg(50000)->Arg(200000)->UseManualTime();
BENCHMARK(touch)->Arg(1000)->Arg(50000)->Arg(200000)->UseManualTime();
BENCHMARK(touch_in_order)->Arg(1000)->Arg(50000)->Arg(200000)->UseManualTime();

}  // namespace
}  // namespace junctor::dp::test

BENCHMARK_MAIN();
