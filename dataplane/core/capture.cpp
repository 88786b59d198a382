// SPDX-License-Identifier: MIT
#include "dataplane/core/capture.hpp"

#include <rte_mbuf.h>

#include "dataplane/core/wire.hpp"

namespace junctor::dp {
namespace {

using wire::get;

std::uint16_t be16(const std::uint8_t* p) { return wire::swap(get<std::uint16_t>(p)); }

// UDP and the own end of it: the sender of what is sent, the destination of what is received.
struct OwnEnd {
  const PortTable* table = nullptr;
  std::uint16_t port = 0;
};

OwnEnd own_end_v4(const Snapshot& snapshot, Bytes ip, bool sent) {
  if (ip.size() < wire::kIp4Header || (ip[0] >> 4) != 4 || ip[9] != wire::kProtoUdp) return {};
  if ((be16(&ip[6]) & 0x1fff) != 0) return {};  // a fragment that is not the first: no ports
  const std::size_t header = std::size_t{ip[0] & 15u} * 4;
  if (header < wire::kIp4Header || ip.size() < header + wire::kUdpHeader) return {};
  return {snapshot.local.find_v4(get<std::uint32_t>(&ip[sent ? 12 : 16])),
          be16(&ip[header + (sent ? 0 : 2)])};
}

OwnEnd own_end_v6(const Snapshot& snapshot, Bytes ip, bool sent) {
  if (ip.size() < wire::kIp6Header + wire::kUdpHeader || (ip[0] >> 4) != 6) return {};
  if (ip[6] != wire::kProtoUdp) return {};
  return {snapshot.local.find_v6(&ip[sent ? 8 : 24]),
          be16(&ip[wire::kIp6Header + (sent ? 0u : 2u)])};
}

}  // namespace

std::uint16_t voice_port_of(const Snapshot& snapshot, Bytes frame, bool sent) {
  if (frame.size() < wire::kEtherHeader + wire::kVlanTag) return 0;
  std::size_t l3 = wire::kEtherHeader;
  auto type = get<std::uint16_t>(&frame[12]);
  if (type == wire::kEtherVlan) {
    type = get<std::uint16_t>(&frame[16]);
    l3 += wire::kVlanTag;
  }
  OwnEnd end;
  if (type == wire::kEtherIp4) end = own_end_v4(snapshot, frame.subspan(l3), sent);
  if (type == wire::kEtherIp6) end = own_end_v6(snapshot, frame.subspan(l3), sent);
  if (end.table == nullptr) return 0;
  if (end.port >= snapshot.media_port_min && end.port <= snapshot.media_port_max) return end.port;
  const FlowSlot slot((*end.table)[end.port].load(std::memory_order_acquire));
  return slot.used() ? end.port : 0;
}

Capture::Capture(const CaptureFilter& filter, std::shared_ptr<CaptureRings> rings)
    : voice_(filter.voice), rings_(std::move(rings)) {
  if (filter.ports.empty()) ports_.set();
  for (const PortId port : filter.ports) ports_.set(port.value() % kPortSlots);
  for (const std::uint16_t port : filter.voice_ports) voice_ports_.set(port);
}

bool Capture::wants(const Snapshot& snapshot, const rte_mbuf& packet, bool sent) const {
  if (!ports_.test(packet.port % kPortSlots)) return false;
  if (voice_ == CaptureFilter::Voice::All) return true;
  const Bytes frame(rte_pktmbuf_mtod(&packet, const std::uint8_t*), packet.data_len);
  const std::uint16_t voice = voice_port_of(snapshot, frame, sent);
  if (voice == 0) return true;
  return voice_ == CaptureFilter::Voice::Listed && voice_ports_.test(voice);
}

void Capture::copy(unsigned worker, const Snapshot& snapshot, std::uint64_t now_ns,
                   rte_mbuf* const* packets, unsigned count, bool sent) const {
  CaptureRing& ring = *(*rings_)[worker];
  for (unsigned i = 0; i < count; ++i) {
    const rte_mbuf* packet = packets[i];
    if (!wants(snapshot, *packet, sent)) continue;
    if (!ring.begin({now_ns, packet->pkt_len, packet->port, sent})) continue;
    for (; packet != nullptr; packet = packet->next)
      ring.append(rte_pktmbuf_mtod(packet, const std::uint8_t*), packet->data_len);
    ring.commit();
  }
}

// Each ring is in order already, so the oldest of all is one of their first.
std::size_t RingsSource::poll(std::size_t max,
                              const std::function<void(const CapturedPacket&)>& take) {
  std::size_t n = 0;
  for (; n < max; ++n) {
    CaptureRing* oldest = nullptr;
    CaptureRing::Head first, head;
    Bytes first_frame, frame;
    for (const auto& ring : *rings_) {
      if (!ring->front(head, frame)) continue;
      if (oldest != nullptr && head.time_ns >= first.time_ns) continue;
      oldest = ring.get();
      first = head;
      first_frame = frame;
    }
    if (oldest == nullptr) break;
    take({Nanoseconds(static_cast<Nanoseconds::rep>(first.time_ns)), PortId(first.port),
          first.sent != 0, first_frame});
    oldest->pop();
  }
  return n;
}

std::uint64_t RingsSource::lost(PortId port) const {
  std::uint64_t all = 0;
  for (const auto& ring : *rings_) all += ring->lost(port.value());
  return all;
}

}  // namespace junctor::dp
