// SPDX-License-Identifier: MIT
// Context: what a node sees of its worker: the clock, the snapshot, the flows, its outputs and
// counters, and the sinks where packets leave the graph.
//
//   nodes --> emit --> next node
//         --> drop --> counted, freed together after the burst
//         --> send --> outbox of a port        (flushed by the worker after the burst)
//         --> punt --> ring to the control thread
//         --> hand_over --> ring to another worker
//
// Threads   belongs to one worker.
// Errors    a sink that is full says false; the node then drops and counts.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/core/burst.hpp"
#include "dataplane/core/flow_store.hpp"
#include "dataplane/core/snapshot.hpp"
#include "dataplane/core/spsc_ring.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::dp {

// Frames that wait for a port to take them.
struct Outbox {
  static constexpr unsigned kSize = 512;
  std::array<rte_mbuf*, kSize> packets;
  unsigned count = 0;
};

// What travels with a punted packet, in its mbuf: port, vlan_tci, hash.usr = flow + 1 (0: none), with
// kPuntedVoice if it is voice, l2_len = L3 offset, l3_len = L4 offset minus L3 offset.
inline constexpr std::uint32_t kPuntedVoice = 1u << 31;
static_assert(FlowSlot::kMaxFlows < kPuntedVoice);
using MbufRing = SpscRing<rte_mbuf*>;
using EventRing = SpscRing<FlowEvent>;

class Context {
 public:
  // Where a context's packets leave; the rings belong to the plane. Null: not there (counts as
  // full).
  struct Sinks {
    MbufRing* punted = nullptr;
    EventRing* events = nullptr;
    std::vector<MbufRing*> workers;  // by number
  };

  Context(FlowStore& flows, Sinks sinks, unsigned worker)
      : flows_(flows), sinks_(std::move(sinks)), worker_(worker) {}

  std::uint64_t now_ns() const { return now_ns_; }
  const Snapshot& snapshot() const { return *snapshot_; }
  FlowStore& flows() { return flows_; }
  unsigned worker() const { return worker_; }

  // Packet i goes on; what the node found out about it is written into what this returns.
  PacketState& emit(unsigned output, const Burst& burst, unsigned i) {
    return outputs_[output]->push(burst.packets[i], burst.state[i]);
  }
  void drop(rte_mbuf* packet, unsigned reason) {
    counters_[reason].add();
    dropped_[dropped_count_++] = packet;
  }
  void count(unsigned counter, std::uint64_t n = 1) { counters_[counter].add(n); }

  bool send(unsigned port, rte_mbuf* packet) {
    Outbox& outbox = outboxes_[port];
    if (outbox.count == Outbox::kSize) return false;
    outbox.packets[outbox.count++] = packet;
    return true;
  }
  bool punt(rte_mbuf* packet) {
    if (sinks_.punted == nullptr || !sinks_.punted->push(packet)) return false;
    wake_control_ = true;
    return true;
  }
  bool hand_over(unsigned worker, rte_mbuf* packet) {
    return worker < sinks_.workers.size() && sinks_.workers[worker] != nullptr &&
           sinks_.workers[worker]->push(packet);
  }
  bool post(const FlowEvent& event) {
    if (sinks_.events == nullptr || !sinks_.events->push(event)) return false;
    wake_control_ = true;
    return true;
  }

  // For the worker and the graph.
  void begin(std::uint64_t now_ns, const Snapshot& snapshot) {
    now_ns_ = now_ns;
    snapshot_ = &snapshot;
  }
  void enter(Burst* const* outputs, Counter* counters) {
    outputs_ = outputs;
    counters_ = counters;
  }
  void free_dropped() {
    if (dropped_count_ == 0) return;
    rte_pktmbuf_free_bulk(dropped_.data(), dropped_count_);
    dropped_count_ = 0;
  }
  Outbox& outbox(unsigned port) { return outboxes_[port]; }
  // Whether something for the control thread was pushed since the last time it was asked.
  bool take_wake_control() { return std::exchange(wake_control_, false); }

 private:
  // Given.
  FlowStore& flows_;
  Sinks sinks_;
  unsigned worker_;

  // State.
  std::uint64_t now_ns_ = 0;
  const Snapshot* snapshot_ = nullptr;
  Burst* const* outputs_ = nullptr;
  Counter* counters_ = nullptr;
  bool wake_control_ = false;
  unsigned dropped_count_ = 0;
  std::array<rte_mbuf*, kMaxBurst> dropped_;  // no more than came in
  std::array<Outbox, kPortSlots> outboxes_;
};

}  // namespace junctor::dp
