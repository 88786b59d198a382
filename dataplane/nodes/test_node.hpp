// SPDX-License-Identifier: MIT
// A node in a graph of its own, with real buffers, flows and a clock that the test sets.
//
//   frames --> [ node ] --> collected, by output
//                       --> dropped, by the name of the reason
//                       --> sinks: sent, punted, handed over
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/core/context.hpp"
#include "dataplane/core/flow_table.hpp"
#include "dataplane/core/graph.hpp"
#include "dataplane/nodes/test_frames.hpp"

namespace junctor::dp::test {

// The EAL without huge pages or devices, and a pool; once a process.
rte_mempool* pool();
rte_mbuf* to_mbuf(const Frame& frame, std::uint16_t port = 0);
Frame to_frame(const rte_mbuf* packet);

// Where a packet went: "0", "1" (an output), "dropped: reason", or "sent", "punted", "handed over".
using Fate = std::string;

class NodeBench {
 public:
  // Local addresses 10.0.1.1 and fd00::1, and 10.0.2.1 and fd00:2::1, on ports 0 and 1; media ports
  // 16384..32767.
  explicit NodeBench(std::unique_ptr<Node> node, unsigned workers = 1);
  ~NodeBench();

  FlowId install(const FlowTemplate& flow);
  // One packet in, through to its fate. state: as an earlier node left it.
  Fate run(const Frame& frame, const PacketState& state = {}, std::uint16_t port = 0);
  // The frame of the packet that came out last, and what was known of it.
  const Frame& frame() const { return frame_; }
  const PacketState& state() const { return state_; }

  // State of a UDP frame as rtp_classify leaves it.
  static PacketState state_of(const Frame& frame, FlowId flow = FlowId(0));

  FlowTable& table() { return table_; }
  FlowStore& store() { return store_; }
  Snapshot& snapshot() { return snapshot_; }
  std::uint64_t count(const std::string& counter) const;

  std::uint64_t now_ns = 10'000'000'000;
  EventRing events{64};

 private:
  class Collector;
  std::vector<CounterRegistry::Row> rows() const { return registry_.rows(); }

  FlowStore store_{64};
  FlowTable table_;
  Snapshot snapshot_;
  MbufRing punted_{4};
  std::vector<std::unique_ptr<MbufRing>> handed_over_;
  std::unique_ptr<Context> context_;
  Graph graph_;
  CounterRegistry registry_;
  Fate fate_;
  Frame frame_;
  PacketState state_;
};

// A flow from 10.0.1.2:4000 at 10.0.1.1:16384 to 10.0.2.2:5000 from 10.0.2.1:16386: PCMU, PCMA, and
// event 101 sent as 96.
FlowTemplate flow_template();

}  // namespace junctor::dp::test
