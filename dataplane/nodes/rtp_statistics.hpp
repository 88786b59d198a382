// SPDX-License-Identifier: MIT
// What a received RTP packet does to its flow's statistics (RFC 3550, A.1, A.3, A.8).
//
// Threads   the worker that owns the flow.
#pragma once

#include <cstdint>

#include "dataplane/core/flow.hpp"
#include "dataplane/core/flow_store.hpp"
#include "dataplane/core/wide.hpp"

namespace junctor::dp {

// The fields of an RTP header, in host order.
struct RtpView {
  std::uint32_t timestamp;
  std::uint32_t ssrc;
  std::uint16_t sequence;
  std::uint16_t payload;  // octets
  std::uint8_t payload_type;
};

// A.1: within kMaxDropout ahead a sequence number is the next one or follows a loss; within
// kMaxMisorder behind it is late; else the source was started again if the next packet follows it.
inline constexpr std::uint16_t kMaxDropout = 3000, kMaxMisorder = 100;

// A time in units of a clock.
inline std::uint32_t units(std::uint64_t ns, const FlowStore::Rate& rate) {
  return static_cast<std::uint32_t>(static_cast<Wide>(ns) * rate.units_per_ns_x64 >> 64);
}

// The first packet of an SSRC. Whether there was another before. What is sent goes on after what
// was sent last, by as much time as passed since.
inline bool start_ssrc(FlowStore& flows, std::uint32_t flow, const RtpView& rtp,
                       std::uint8_t rate_index, std::uint64_t now_ns) {
  FlowHead& head = flows.hot(flow).head;
  FlowCount& count = flows.hot(flow).count;
  const bool changed = count.received_of_ssrc.get() != 0;
  if (changed) {
    const std::uint32_t expected = count.max_sequence.get() - count.base_sequence.get() + 1;
    flows.rare(flow).expected_before.add(expected);
    count.ssrc_changes.add();
    const std::uint64_t sent_ns = count.last_sent_ns.get();
    if (sent_ns != 0) {
      const std::uint16_t last =
          static_cast<std::uint16_t>(count.max_sequence.get() + head.sequence_offset);
      head.sequence_offset = static_cast<std::uint16_t>(last + 1 - rtp.sequence);
      const std::uint8_t rate = rate_index != 0 ? rate_index : count.rate.get();
      const std::uint32_t passed = units(now_ns - sent_ns, flows.rate(rate));
      head.timestamp_offset =
          count.last_timestamp_sent.get() + (passed != 0 ? passed : 1) - rtp.timestamp;
    }
  }
  count.ssrc.set(rtp.ssrc);
  count.base_sequence.set(rtp.sequence);
  count.max_sequence.set(rtp.sequence);
  count.received_of_ssrc.set(1);
  count.jitter_x16.set(0);
  count.rate.set(0);  // no transit time to compare with yet
  flows.rare(flow).bad_sequence = 0x10000;
  return changed;
}

// Each further packet of an SSRC.
inline void count_sequence(FlowCount& count, FlowRare& rare, std::uint16_t sequence) {
  const std::uint32_t max = count.max_sequence.get();
  const std::uint16_t ahead = static_cast<std::uint16_t>(sequence - max);
  if (ahead < kMaxDropout) [[likely]] {
    count.max_sequence.set(max + ahead);
  } else if (ahead <= 65536 - kMaxMisorder) {
    if (rare.bad_sequence == sequence) {
      rare.expected_before.add(max - count.base_sequence.get() + 1);
      count.base_sequence.set(sequence);
      count.max_sequence.set(sequence);
      count.received_of_ssrc.set(0);
      rare.bad_sequence = 0x10000;
    } else {
      rare.bad_sequence = static_cast<std::uint16_t>(sequence + 1);
    }
  }
  count.received_of_ssrc.add();
}

// Every packet. A packet with the timestamp of the one before (an event that goes on, RFC 4733)
// says nothing of jitter.
inline void count_packet(FlowCount& count, const FlowHead& head, const FlowStore::Rate& rate,
                         const RtpView& rtp, std::uint8_t rate_index, std::uint64_t now_ns) {
  count.packets.add();
  count.octets.add(rtp.payload);
  count.last_received_ns.set(now_ns);
  count.payload_type.set(rtp.payload_type);
  if (rate_index == 0) return;
  const std::uint32_t transit = units(now_ns, rate) - rtp.timestamp;
  if (count.rate.get() != rate_index) {
    count.rate.set(rate_index);
  } else if (rtp.timestamp + head.timestamp_offset != count.last_timestamp_sent.get()) {
    const std::uint32_t difference = transit - count.transit;
    const std::uint32_t d = (difference >> 31) != 0 ? 0u - difference : difference;
    const std::uint32_t jitter = count.jitter_x16.get();
    count.jitter_x16.set(jitter + d - ((jitter + 8) >> 4));
  }
  count.transit = transit;
}

}  // namespace junctor::dp
