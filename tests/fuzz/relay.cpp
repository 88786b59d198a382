// SPDX-License-Identifier: MIT
// Any frame through the whole graph: nothing is read or written outside it, every packet ends in
// one place, and what is relayed is well formed. The first octet chooses the port, the second the
// age of the packet.
#include <cstddef>
#include <cstdint>

#include "dataplane/core/context.hpp"
#include "dataplane/nodes/relay_graph.hpp"
#include "dataplane/nodes/test_node.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp::test {
namespace {

class Gateway {
 public:
  Gateway() : table_(store_, 2, 2), context_(store_, sinks(), 0), graph_(make_relay_graph()) {
    pool();
    snapshot_.macs[0] = snapshot_.macs[1] = kGatewayMac;
    snapshot_.media_port_min = 16384;
    snapshot_.media_port_max = 32767;
    snapshot_.signalling_ports.set(5060);
    snapshot_.local = LocalAddresses(2);
    for (const char* text : {"10.0.1.1", "fd00::1"}) {
      const IpAddress address = *IpAddress::parse(text);
      snapshot_.local.add(address, table_.table_of(address));
    }
    // To IPv4 and IPv6, tagged, with rtcp-mux; every other one is of another worker.
    FlowTemplate flow = flow_template();
    for (std::uint16_t i = 0; i < 8; ++i) {
      flow.local.port = static_cast<std::uint16_t>(16384 + i * 2);
      flow.local.ip = *IpAddress::parse(i % 4 < 2 ? "10.0.1.1" : "fd00::1");
      flow.rtcp_mux = i >= 4;
      flow.out->from.ip = *IpAddress::parse(i < 6 ? "10.0.2.1" : "fd00:2::1");
      flow.out->to.ip = *IpAddress::parse(i < 6 ? "10.0.2.2" : "fd00:2::2");
      flow.out->next_hop->vlan = i;
      JUNCTOR_ASSERT(table_.install(flow).ok());
    }
  }

  void run(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 2000) return;
    now_ns_ += std::uint64_t{data[1]} * 1'000'000;
    graph_.input().push(to_mbuf(Frame(data + 2, data + size), data[0] % 2), {});
    context_.begin(now_ns_, snapshot_);
    graph_.run(context_);
    Outbox& outbox = context_.outbox(1);
    while (outbox.count > 0) {
      rte_mbuf* packet = outbox.packets[--outbox.count];
      const std::string flaw = flaw_of(to_frame(packet));
      JUNCTOR_ASSERT(flaw.empty() || flaw == "UDP checksum");  // that of the sender may be wrong
      rte_pktmbuf_free(packet);
    }
    rte_mbuf* packet = nullptr;
    while (punted_.pop(packet)) rte_pktmbuf_free(packet);
    while (other_.pop(packet)) rte_pktmbuf_free(packet);
    FlowEvent event;
    while (events_.pop(event)) {
    }
    JUNCTOR_ASSERT(rte_mempool_in_use_count(pool()) == 0);
  }

 private:
  Context::Sinks sinks() { return {&punted_, &events_, {nullptr, &other_}}; }

  FlowStore store_{16};
  FlowTable table_;
  MbufRing punted_{4}, other_{4};
  EventRing events_{4};
  Context context_;
  Graph graph_;
  Snapshot snapshot_;
  std::uint64_t now_ns_ = 1'000'000'000;
};

}  // namespace
}  // namespace junctor::dp::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static junctor::dp::test::Gateway gateway;
  gateway.run(data, size);
  return 0;
}
