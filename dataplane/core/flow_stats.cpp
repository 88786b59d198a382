// SPDX-License-Identifier: MIT
// FlowTable::read: what a flow's counts say.
#include "dataplane/core/flow_table.hpp"
#include "dataplane/core/wire.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp {
namespace {

SocketAddress source_of(const FlowHead& head, const FlowRare& rare) {
  const std::uint8_t flags = head.flags.get();
  if ((flags & FlowHead::kLocked) == 0) return {};
  Octets16 octets{};
  const bool v6 = (flags & FlowHead::kSourceV6) != 0;
  if (v6) {
    wire::put(octets.data(), rare.source[0].get());
    wire::put(octets.data() + 8, rare.source[1].get());
  } else {
    wire::put(octets.data(), head.source_v4.get());
  }
  SocketAddress source;
  source.ip = IpAddress::from_bytes({octets.data(), v6 ? 16u : 4u});
  source.port = wire::swap(head.source_port.get());
  return source;
}

Nanoseconds time_of(const Relaxed<std::uint64_t>& ns) {
  return Nanoseconds(static_cast<Nanoseconds::rep>(ns.get()));
}

}  // namespace

FlowStats FlowTable::read(FlowId id) const {
  JUNCTOR_ASSERT(id.value() < entries_.size());
  const FlowHead& head = store_.hot(id.value()).head;
  const FlowCount& count = store_.hot(id.value()).count;
  const FlowRare& rare = store_.rare(id.value());
  FlowStats stats;
  // Unsent first: it never exceeds what is received then.
  const std::uint64_t unsent_packets = rare.unsent_packets.get();
  const std::uint64_t unsent_octets = rare.unsent_octets.get();
  stats.packets_received = count.packets.get();
  stats.octets_received = count.octets.get();
  stats.packets_sent = stats.packets_received - unsent_packets;
  stats.octets_sent = stats.octets_received - unsent_octets;
  stats.ssrc = count.ssrc.get();
  stats.ssrc_changes = count.ssrc_changes.get();
  stats.extended_max_seq = count.max_sequence.get();
  stats.base_seq = count.base_sequence.get();
  stats.expected_before = rare.expected_before.get();
  stats.received_of_ssrc = count.received_of_ssrc.get();
  stats.jitter_x16 = count.jitter_x16.get();
  stats.clock_rate = store_.rate(count.rate.get()).hertz;
  stats.payload_type = count.payload_type.get();
  stats.last_timestamp_sent = count.last_timestamp_sent.get();
  stats.last_received = time_of(count.last_received_ns);
  stats.last_sent = time_of(count.last_sent_ns);
  stats.source = source_of(head, rare);
  for (std::size_t i = 0; i < stats.drops.size(); ++i) stats.drops[i] = rare.drops[i].get();
  return stats;
}

}  // namespace junctor::dp
