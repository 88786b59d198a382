// SPDX-License-Identifier: MIT
#include "dataplane/nodes/test_node.hpp"

#include <rte_eal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "platform/base/assert.hpp"

namespace junctor::dp::test {
namespace {

// DPDK leaves a directory of each process behind.
void remove_runtime_dir() {
  std::error_code error;
  std::filesystem::remove_all("/var/run/dpdk/junctor-test-" + std::to_string(getpid()), error);
}

void start_eal() {
  const std::string prefix = "--file-prefix=junctor-test-" + std::to_string(getpid());
  std::vector<std::string> arguments{"test",           "--no-huge",        "-m",   "64",
                                     "--no-pci",       "--no-shconf",      prefix, "--lcores=0",
                                     "--no-telemetry", "--log-level=error"};
  std::vector<char*> argv;
  argv.reserve(arguments.size());
  for (auto& argument : arguments) argv.push_back(argument.data());
  JUNCTOR_ASSERT(rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0);
  std::atexit(remove_runtime_dir);
}

}  // namespace

rte_mempool* pool() {
  static rte_mempool* const the_pool = [] {
    start_eal();
    return rte_pktmbuf_pool_create("test", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  }();
  JUNCTOR_ASSERT(the_pool != nullptr);
  return the_pool;
}

rte_mbuf* to_mbuf(const Frame& frame, std::uint16_t port) {
  rte_mbuf* packet = rte_pktmbuf_alloc(pool());
  JUNCTOR_ASSERT(packet != nullptr);
  char* data = rte_pktmbuf_append(packet, static_cast<std::uint16_t>(frame.size()));
  std::copy(frame.begin(), frame.end(), data);
  packet->port = port;
  return packet;
}

Frame to_frame(const rte_mbuf* packet) {
  const auto* data = rte_pktmbuf_mtod(packet, const std::uint8_t*);
  return {data, data + packet->data_len};
}

// Takes what leaves the node under test by one output.
class NodeBench::Collector final : public Node {
 public:
  Collector(NodeBench& bench, unsigned output) : bench_(bench), output_(output) {}
  const NodeDesc& desc() const noexcept override {
    static constexpr NodeDesc kDesc{"collector", {}, {}};
    return kDesc;
  }
  void process(Context&, Burst& burst) noexcept override {
    for (unsigned i = 0; i < burst.count; ++i) {
      bench_.fate_ = std::to_string(output_);
      bench_.frame_ = to_frame(burst.packets[i]);
      bench_.state_ = burst.state[i];
      rte_pktmbuf_free(burst.packets[i]);
    }
  }

 private:
  NodeBench& bench_;
  unsigned output_;
};

NodeBench::NodeBench(std::unique_ptr<Node> node, unsigned workers) : table_(store_, workers, 2) {
  pool();
  snapshot_.macs[0] = snapshot_.macs[1] = kGatewayMac;
  snapshot_.media_port_min = 16384;
  snapshot_.media_port_max = 32767;
  snapshot_.local = LocalAddresses(4);
  for (const char* text : {"10.0.1.1", "fd00::1", "10.0.2.1", "fd00:2::1"}) {
    const IpAddress address = *IpAddress::parse(text);
    snapshot_.local.add(address, table_.table_of(address));
  }
  Context::Sinks sinks{&punted_, &events, {}};
  for (unsigned i = 0; i < workers; ++i) {
    handed_over_.push_back(std::make_unique<MbufRing>(4));
    sinks.workers.push_back(handed_over_.back().get());
  }
  context_ = std::make_unique<Context>(store_, sinks, 0);
  const std::size_t outputs = node->desc().outputs.size();
  const auto first = graph_.add(std::move(node));
  for (unsigned i = 0; i < outputs; ++i)
    graph_.connect(first, i, graph_.add(std::make_unique<Collector>(*this, i)));
  graph_.check();
  graph_.register_counters(registry_);
}

NodeBench::~NodeBench() = default;

FlowId NodeBench::install(const FlowTemplate& flow) {
  const auto id = table_.install(flow);
  JUNCTOR_ASSERT(id.ok());
  return *id;
}

PacketState NodeBench::state_of(const Frame& frame, FlowId flow) {
  PacketState state;
  state.flow = flow.value();
  state.l3 = load_be16(&frame[12]) == 0x8100 ? 18 : 14;
  const bool v6 = load_be16(&frame[state.l3 - 2u]) == 0x86dd;
  state.kind = v6 ? PacketState::Kind::V6 : PacketState::Kind::V4;
  state.l4 = static_cast<std::uint16_t>(state.l3 + (v6 ? 40 : (frame[state.l3] & 15) * 4));
  state.udp_length = load_be16(&frame[state.l4 + 4u]);
  state.flags = PacketState::kUdp | PacketState::kLocal;
  return state;
}

Fate NodeBench::run(const Frame& frame, const PacketState& state, std::uint16_t port) {
  const auto before = rows();
  fate_ = "lost";
  graph_.input().push(to_mbuf(frame, port), state);
  context_->begin(now_ns, snapshot_);
  graph_.run(*context_);
  rte_mbuf* packet = nullptr;
  const auto left = [&](const char* fate) {
    fate_ = fate;
    frame_ = to_frame(packet);
    rte_pktmbuf_free(packet);
  };
  while (punted_.pop(packet)) left("punted");
  for (auto& ring : handed_over_)
    while (ring->pop(packet)) left("handed over");
  for (unsigned i = 0; i < 2; ++i) {
    Outbox& outbox = context_->outbox(i);
    while (outbox.count > 0) {
      packet = outbox.packets[--outbox.count];
      left("sent");
    }
  }
  if (fate_ != "lost") return fate_;
  const auto after = rows();
  for (std::size_t i = 0; i < after.size(); ++i)
    if (after[i].value > before[i].value && after[i].description->severity != Severity::Info)
      return "dropped: " + std::string(after[i].description->name);
  for (std::size_t i = 0; i < after.size(); ++i)
    if (after[i].value > before[i].value)
      return "dropped: " + std::string(after[i].description->name);
  return fate_;
}

std::uint64_t NodeBench::count(const std::string& counter) const {
  for (const auto& row : rows())
    if (row.description->name == counter) return row.value;
  return 0;
}

FlowTemplate flow_template() {
  FlowTemplate flow;
  flow.local = *SocketAddress::parse("10.0.1.1:16384");
  flow.expected = *SocketAddress::parse("10.0.1.2:4000");
  flow.clock_rate[0] = flow.clock_rate[8] = flow.clock_rate[101] = 8000;
  FlowTemplate::Out out;
  out.from = *SocketAddress::parse("10.0.2.1:16386");
  out.to = *SocketAddress::parse("10.0.2.2:5000");
  out.dscp = 46;
  out.ssrc = 0x11223344;
  out.payload_type.fill(kNoPayloadType);
  out.payload_type[0] = 0;
  out.payload_type[8] = 8;
  out.payload_type[101] = 96;
  out.next_hop = NextHop{PortId(1), 0, kGatewayMac, kPeerMac};
  flow.out = out;
  return flow;
}

}  // namespace junctor::dp::test
