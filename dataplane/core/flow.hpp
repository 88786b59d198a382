// SPDX-License-Identifier: MIT
// Flow: one direction of voice as its worker sees it, laid out by how often its parts are touched.
//
//   port table[local address][UDP port] --> FlowSlot --> FlowHot { head: read a packet | count:
//   written a packet }
//                                                   `--> FlowRare { IPv6 addresses; learning; drops
//                                                   }
//
// At 20 ms a flow nothing of it is in a cache when its next packet comes, so a packet costs as many
// memory accesses as lines are touched: with IPv4 the slot, the head and the count.
//
// Threads   written by the worker that owns the flow (by control before it is published); Relaxed
// fields are read by
//           control as well.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/core/plane.hpp"
#include "dataplane/core/relaxed.hpp"

namespace junctor::dp {

// An entry of a port table: which flow a UDP port is of. One word, so that it is published by one
// store.
class FlowSlot {
 public:
  static constexpr std::uint32_t kUsed = 1, kRtcp = 2, kMux = 4;
  static constexpr unsigned kMaxWorkers = 64;
  static constexpr std::uint32_t kMaxFlows = 1u << 22;

  constexpr FlowSlot() = default;
  constexpr explicit FlowSlot(std::uint32_t word) : word_(word) {}
  constexpr FlowSlot(std::uint32_t flow, unsigned worker, std::uint32_t flags)
      : word_(flow << 9 | worker << 3 | flags | kUsed) {}

  bool used() const { return (word_ & kUsed) != 0; }
  bool rtcp() const { return (word_ & kRtcp) != 0; }  // the port is the flow's RTCP port
  bool mux() const { return (word_ & kMux) != 0; }    // RTCP arrives at the RTP port
  unsigned worker() const { return word_ >> 3 & (kMaxWorkers - 1); }
  std::uint32_t flow() const { return word_ >> 9; }
  std::uint32_t word() const { return word_; }

 private:
  std::uint32_t word_ = 0;
};
// FlowSlot words, by port in host order.
using PortTable = std::array<std::atomic<std::uint32_t>, 65536>;

// Line 0: the check of the source and the template of what is sent. Integers in network order
// unless said.
struct alignas(64) FlowHead {
  enum Flag : std::uint8_t {
    kLocked = 1,     // source is learned; nothing else is taken
    kReceive = 2,    // what arrives is passed on
    kSends = 4,      // there is a peer
    kResolved = 8,   // there is a next hop
    kSourceV6 = 16,  // the source is FlowRare::source
    kOutV6 = 32,     // sent over IPv6, FlowRare::from and to
    kMayLearn = 64,
    kToControl = 128,  // without kSends: the control thread takes it
  };

  Relaxed<std::uint32_t> source_v4;
  Relaxed<std::uint16_t> source_port;
  Relaxed<std::uint8_t> flags;
  std::uint8_t port = 0;                // sent on
  std::array<std::uint8_t, 12> macs{};  // destination, source
  std::uint16_t vlan = 0;               // 0: untagged
  std::uint16_t ip_sum = 0;             // of the IPv4 header without its length
  std::uint32_t from_v4 = 0;
  std::uint32_t to_v4 = 0;
  std::uint16_t from_port = 0;
  std::uint16_t to_port = 0;
  std::uint32_t ssrc = 0;
  std::uint16_t payload_map = 0;  // host order
  std::uint8_t traffic_class = 0;
  std::uint8_t unused = 0;
  std::uint16_t sequence_offset = 0;  // host order, added to what is received
  std::uint16_t unused2 = 0;
  std::uint32_t timestamp_offset = 0;  // host order
};
static_assert(sizeof(FlowHead) == 64);

// Line 1: what each packet changes (RFC 3550, A.1, A.3, A.8). Host order.
struct alignas(64) FlowCount {
  Relaxed<std::uint64_t> packets;
  Relaxed<std::uint64_t> octets;
  Relaxed<std::uint64_t> last_received_ns;
  Relaxed<std::uint64_t> last_sent_ns;
  Relaxed<std::uint32_t> ssrc;
  Relaxed<std::uint32_t> max_sequence;  // extended
  Relaxed<std::uint32_t> base_sequence;
  Relaxed<std::uint32_t> received_of_ssrc;
  Relaxed<std::uint32_t> jitter_x16;
  std::uint32_t transit = 0;
  Relaxed<std::uint32_t> last_timestamp_sent;
  Relaxed<std::uint16_t> ssrc_changes;
  Relaxed<std::uint8_t> payload_type;
  Relaxed<std::uint8_t> rate;  // index of FlowStore::rates
};
static_assert(sizeof(FlowCount) == 64);

struct alignas(128) FlowHot {
  FlowHead head;
  FlowCount count;
};

using Octets16 = std::array<std::uint8_t, 16>;

// The rest. Its first line is read for each packet that is sent or received over IPv6.
struct alignas(64) FlowRare {
  Octets16 from{}, to{};
  std::array<Relaxed<std::uint64_t>, 2> source;  // IPv6, 16 octets as they are in memory
  std::array<std::uint64_t, 2> unused{};

  // Learning.
  Octets16 expected{};  // IPv4 in the first four octets
  Octets16 candidate{};
  std::uint16_t expected_port = 0;  // network order; 0: nothing expected
  std::uint16_t candidate_port = 0;
  bool expected_v6 = false;
  bool candidate_v6 = false;
  std::uint8_t candidate_packets = 0;
  std::uint32_t learn = 0;
  // Statistics that few packets change.
  std::uint32_t bad_sequence = 0;
  Relaxed<std::uint64_t> expected_before;
  Relaxed<std::uint64_t> unsent_packets;  // received, and not sent
  Relaxed<std::uint64_t> unsent_octets;
  std::array<Relaxed<std::uint64_t>, static_cast<std::size_t>(FlowDrop::kCount)> drops;
};

// What the payload types of a flow mean. Interned: most calls share one.
struct alignas(64) PayloadMap {
  struct Entry {
    std::uint8_t sent = kNoPayloadType;
    std::uint8_t rate = 0;  // index of FlowStore::rates; 0: not negotiated
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::array<Entry, 128> entries{};
  friend bool operator==(const PayloadMap&, const PayloadMap&) = default;
};

// A change of a flow, applied by its worker between two bursts.
struct FlowUpdate {
  std::uint32_t flow = 0;
  FlowHead head;  // without source and offsets, which stay
  FlowRare rare;  // from, to, expected and learn
};

}  // namespace junctor::dp
