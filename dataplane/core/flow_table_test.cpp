// SPDX-License-Identifier: MIT
#include "dataplane/core/flow_table.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace junctor::dp {
namespace {

class FlowTableTest : public ::testing::Test {
 protected:
  FlowTableTest() {
    port_table = table.table_of(*IpAddress::parse("10.0.1.1"));
    flow.local = *SocketAddress::parse("10.0.1.1:16384");
    flow.clock_rate[0] = 8000;
    FlowTemplate::Out out;
    out.from = *SocketAddress::parse("10.0.2.1:16386");
    out.to = *SocketAddress::parse("10.0.2.2:5000");
    out.next_hop = NextHop{PortId(1), 0, {}, {}};
    flow.out = out;
  }
  FlowSlot slot(unsigned port) const {
    return FlowSlot((*port_table)[port].load(std::memory_order_relaxed));
  }
  FlowTemplate at(std::uint16_t port) const {
    FlowTemplate other = flow;
    other.local.port = port;
    return other;
  }

  FlowStore store{4};
  FlowTable table{store, 2, 2};
  const PortTable* port_table = nullptr;
  FlowTemplate flow;
};

TEST_F(FlowTableTest, PortsLeadToTheFlow) {
  const auto id = table.install(flow);
  ASSERT_TRUE(id.ok());
  EXPECT_TRUE(slot(16384).used());
  EXPECT_FALSE(slot(16384).rtcp());
  EXPECT_EQ(slot(16384).flow(), id->value());
  EXPECT_TRUE(slot(16385).rtcp());
  EXPECT_FALSE(slot(16386).used());
  table.remove(*id);
  EXPECT_FALSE(slot(16384).used());
  EXPECT_FALSE(slot(16385).used());
}

TEST_F(FlowTableTest, SaysWhatIsWrong) {
  ASSERT_TRUE(table.install(flow).ok());
  struct Row {
    const char* sentence;
    std::function<void(FlowTemplate&)> change;
    const char* error;
  };
  const Row rows[] = {
      {"the port is taken", [](FlowTemplate&) {}, "belongs to another flow"},
      {"its RTCP port is", [](FlowTemplate& f) { f.local.port = 16383; },
       "belongs to another flow"},
      {"it is another's RTCP port", [](FlowTemplate& f) { f.local.port = 16385; },
       "belongs to another flow"},
      {"not ours", [](FlowTemplate& f) { f.local.ip = *IpAddress::parse("10.0.9.9"); },
       "no local address"},
      {"no address", [](FlowTemplate& f) { f.local = {}; }, "needs a local address"},
      {"no room for RTCP", [](FlowTemplate& f) { f.local.port = 65535; }, "no port above it"},
      {"two families", [](FlowTemplate& f) { f.out->to.ip = *IpAddress::parse("fd00::1"); },
       "another family"},
      {"DSCP", [](FlowTemplate& f) { f.out->dscp = 64; }, "DSCP"},
      {"payload type", [](FlowTemplate& f) { f.out->payload_type[0] = 128; }, "payload type"},
      {"port of the next hop", [](FlowTemplate& f) { f.out->next_hop->port = PortId(2); },
       "does not exist"},
      {"VLAN", [](FlowTemplate& f) { f.out->next_hop->vlan = 4095; }, "1..4094"},
  };
  for (const Row& row : rows) {
    FlowTemplate bad = flow;
    row.change(bad);
    const auto id = table.install(bad);
    ASSERT_FALSE(id.ok()) << row.sentence;
    EXPECT_NE(id.error().text().find(row.error), std::string::npos) << id.error().text();
  }
  EXPECT_EQ(table.size(), 1u);
}

TEST_F(FlowTableTest, AFlowIsFreeAgainOnlyWhenItIsReleased) {
  std::set<std::uint32_t> ids;
  for (std::uint16_t i = 0; i < 4; ++i) {
    const auto id = table.install(at(static_cast<std::uint16_t>(20000 + i * 2)));
    ASSERT_TRUE(id.ok());
    ids.insert(id->value());
  }
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_FALSE(table.install(flow).ok()) << "all legs in use";
  table.remove(FlowId(2));
  EXPECT_FALSE(table.install(flow).ok()) << "a worker may still see it";
  table.release(FlowId(2));
  EXPECT_TRUE(table.install(flow).ok());
}

TEST_F(FlowTableTest, WorkersShareTheFlows) {
  unsigned of_worker[2] = {0, 0};
  for (std::uint16_t i = 0; i < 4; ++i)
    ++of_worker[table.worker_of(*table.install(at(static_cast<std::uint16_t>(20000 + i * 2))))];
  EXPECT_EQ(of_worker[0], 2u);
  EXPECT_EQ(of_worker[1], 2u);
}

TEST_F(FlowTableTest, PayloadMapsAreShared) {
  const auto map_of = [this](FlowId id) { return store.hot(id.value()).head.payload_map; };
  const FlowId first = *table.install(at(20000)), second = *table.install(at(20002));
  EXPECT_EQ(map_of(first), map_of(second));
  FlowTemplate other = at(20004);
  other.clock_rate[9] = 16000;
  const FlowId third = *table.install(other);
  EXPECT_NE(map_of(third), map_of(first));
  EXPECT_EQ(store.rate(store.payload_map(map_of(third)).entries[9].rate).hertz, 16000u);
  // A map is used again when its last flow is gone.
  const std::uint16_t gone = map_of(third);
  table.remove(third);
  table.release(third);
  other.clock_rate[9] = 48000;
  EXPECT_EQ(map_of(*table.install(other)), gone);
}

TEST_F(FlowTableTest, AnUpdateMayTurnRtcpMuxOn) {
  const FlowId id = *table.install(flow);
  FlowTemplate mux = flow;
  mux.rtcp_mux = true;
  ASSERT_TRUE(table.update(id, mux).ok());
  EXPECT_TRUE(slot(16384).mux());
  EXPECT_FALSE(slot(16385).used());
  ASSERT_TRUE(table.install(at(16386)).ok());
  EXPECT_FALSE(table.update(id, at(16388)).ok()) << "the local port must stay";
}

}  // namespace
}  // namespace junctor::dp
