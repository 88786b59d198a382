// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_classify.hpp"

#include <rte_prefetch.h>

#include "dataplane/core/context.hpp"
#include "dataplane/core/wire.hpp"

namespace junctor::dp {
namespace {

using wire::get;

// What the headers of one packet say.
struct Parsed {
  enum class Verdict : std::uint8_t { Drop, Punt, Look };
  Verdict verdict = Verdict::Punt;
  RtpClassify::Drop reason = RtpClassify::kTruncated;
  std::uint16_t port = 0;                            // destination, host order; with Look
  const std::atomic<std::uint32_t>* slot = nullptr;  // with Look
};

Parsed dropped(RtpClassify::Drop reason) { return {Parsed::Verdict::Drop, reason, 0, nullptr}; }

bool is_media_port(const Snapshot& snapshot, std::uint16_t port) {
  return port >= snapshot.media_port_min && port <= snapshot.media_port_max;
}

// From the UDP header on; `left` octets follow the IP header.
Parsed parse_udp(const Snapshot& snapshot, const std::uint8_t* udp, unsigned left,
                 const PortTable* table, PacketState& state) {
  if (left < wire::kUdpHeader) return dropped(RtpClassify::kBadUdp);
  state.udp_length = wire::swap(get<std::uint16_t>(udp + 4));
  state.flags |= PacketState::kUdp;
  if (state.udp_length < wire::kUdpHeader || state.udp_length > left)
    return dropped(RtpClassify::kBadUdp);
  Parsed parsed;
  parsed.port = wire::swap(get<std::uint16_t>(udp + 2));
  if (table == nullptr) return parsed;
  state.flags |= PacketState::kLocal;
  if ((state.flags & PacketState::kFragment) != 0) {
    if (is_media_port(snapshot, parsed.port)) return dropped(RtpClassify::kMediaFragment);
    return parsed;
  }
  parsed.verdict = Parsed::Verdict::Look;
  parsed.slot = &(*table)[parsed.port];
  return parsed;
}

Parsed parse_v4(const Snapshot& snapshot, const std::uint8_t* ip, unsigned left,
                PacketState& state) {
  if (left < wire::kIp4Header || (ip[0] >> 4) != 4) return dropped(RtpClassify::kBadIp);
  const unsigned header = (ip[0] & 15u) * 4;
  const unsigned total = wire::swap(get<std::uint16_t>(ip + 2));
  if (header < wire::kIp4Header || total < header || total > left)
    return dropped(RtpClassify::kBadIp);
  state.kind = PacketState::Kind::V4;
  state.l4 = static_cast<std::uint16_t>(state.l3 + header);
  const unsigned fragment = wire::swap(get<std::uint16_t>(ip + 6)) & 0x3fffu;  // more, offset
  if (fragment != 0) state.flags |= PacketState::kFragment;
  if ((fragment & 0x1fff) != 0) return {};  // not the first: no ports
  if (ip[9] == wire::kProtoTcp && total - header >= 20) state.flags |= PacketState::kTcp;
  if (ip[9] != wire::kProtoUdp) return {};
  const PortTable* table = snapshot.local.find(AddressKey::v4(get<std::uint32_t>(ip + 16)));
  return parse_udp(snapshot, ip + header, total - header, table, state);
}

// Extension headers are left to the kernel: no telephone sends voice with one.
Parsed parse_v6(const Snapshot& snapshot, const std::uint8_t* ip, unsigned left,
                PacketState& state) {
  if (left < wire::kIp6Header || (ip[0] >> 4) != 6) return dropped(RtpClassify::kBadIp);
  const unsigned payload = wire::swap(get<std::uint16_t>(ip + 4));
  if (payload > left - wire::kIp6Header) return dropped(RtpClassify::kBadIp);
  state.kind = PacketState::Kind::V6;
  state.l4 = static_cast<std::uint16_t>(state.l3 + wire::kIp6Header);
  if (ip[6] == wire::kProtoFragment6) state.flags |= PacketState::kFragment;
  if (ip[6] == wire::kProtoTcp && payload >= 20) state.flags |= PacketState::kTcp;
  if (ip[6] != wire::kProtoUdp) return {};
  const PortTable* table = snapshot.local.find(AddressKey::v6_at(ip + 24));
  return parse_udp(snapshot, ip + wire::kIp6Header, payload, table, state);
}

Parsed parse(const Snapshot& snapshot, const rte_mbuf* packet, PacketState& state) {
  const auto* frame = rte_pktmbuf_mtod(packet, const std::uint8_t*);
  const unsigned length = packet->data_len;
  if (length < wire::kEtherHeader) return dropped(RtpClassify::kTruncated);
  const auto& mac = snapshot.macs[packet->port % kMaxPorts];
  if ((frame[0] & 1) == 0 && std::memcmp(frame, mac.data(), mac.size()) != 0)
    return dropped(RtpClassify::kOtherMac);
  std::uint16_t type = get<std::uint16_t>(frame + 12);
  state.l3 = wire::kEtherHeader;
  if (type == wire::kEtherVlan) {
    if (length < wire::kEtherHeader + wire::kVlanTag) return dropped(RtpClassify::kTruncated);
    state.vlan = wire::swap(get<std::uint16_t>(frame + 14)) & 0xfff;
    type = get<std::uint16_t>(frame + 16);
    state.l3 += wire::kVlanTag;
  }
  // Voice is short; a chain of buffers is something else.
  if (packet->nb_segs != 1) return {};
  if (type == wire::kEtherIp4)
    return parse_v4(snapshot, frame + state.l3, length - state.l3, state);
  if (type == wire::kEtherIp6)
    return parse_v6(snapshot, frame + state.l3, length - state.l3, state);
  return {};
}

// RFC 7983, section 7: the first octet tells the protocols at one port apart. RFC 5761, section 4:
// RTCP packet types are where RTP has its marker and payload type.
enum class Content : std::uint8_t { Rtp, Rtcp, Stun, Dtls };
Content content_of(const std::uint8_t* payload, unsigned length) {
  if (length < 2) return Content::Rtp;  // rtp_relay says what is wrong with it
  if (payload[0] <= 3) return Content::Stun;
  if (payload[0] >= 20 && payload[0] <= 63) return Content::Dtls;
  if (payload[1] >= 192 && payload[1] <= 223) return Content::Rtcp;
  return Content::Rtp;
}

// A packet whose port belongs to a flow.
void dispose_of_flow(Context& ctx, rte_mbuf* packet, PacketState& state, FlowSlot slot) {
  const auto* payload =
      rte_pktmbuf_mtod_offset(packet, const std::uint8_t*, state.l4 + wire::kUdpHeader);
  const Content content = content_of(payload, state.udp_length - wire::kUdpHeader);
  if (content == Content::Stun) return ctx.drop(packet, RtpClassify::kStun);
  if (content == Content::Dtls) return ctx.drop(packet, RtpClassify::kDtls);
  state.flow = slot.flow();
  if (slot.worker() != ctx.worker()) {
    state.worker = static_cast<std::uint8_t>(slot.worker());
    return ctx.emit(RtpClassify::kHandover, packet, state);
  }
  if (slot.rtcp() || (slot.mux() && content == Content::Rtcp)) {
    state.flags |= PacketState::kRtcp;
    return ctx.emit(RtpClassify::kPunt, packet, state);
  }
  const FlowHot& hot = ctx.flows().hot(state.flow);
  rte_prefetch0(&hot.head);
  rte_prefetch0(&hot.count);
  ctx.emit(RtpClassify::kRelay, packet, state);
}

}  // namespace

const NodeDesc& RtpClassify::desc() const noexcept {
  static constexpr NodeDesc kDesc{"rtp_classify", kOutputs, kCounters};
  return kDesc;
}

void RtpClassify::process(Context& ctx, Burst& burst) noexcept {
  const Snapshot& snapshot = ctx.snapshot();
  std::array<Parsed, kMaxBurst> parsed;
  constexpr unsigned kAhead = 8;
  for (unsigned i = 0; i < burst.count && i < kAhead; ++i)
    rte_prefetch0(rte_pktmbuf_mtod(burst.packets[i], const void*));
  for (unsigned i = 0; i < burst.count; ++i) {
    if (i + kAhead < burst.count)
      rte_prefetch0(rte_pktmbuf_mtod(burst.packets[i + kAhead], const void*));
    parsed[i] = parse(snapshot, burst.packets[i], burst.state[i] = {});
    if (parsed[i].slot != nullptr) rte_prefetch0(parsed[i].slot);
  }
  for (unsigned i = 0; i < burst.count; ++i) {
    rte_mbuf* packet = burst.packets[i];
    if (parsed[i].verdict == Parsed::Verdict::Drop) {
      ctx.drop(packet, parsed[i].reason);
      continue;
    }
    if (parsed[i].verdict == Parsed::Verdict::Look) {
      const FlowSlot slot(parsed[i].slot->load(std::memory_order_acquire));
      if (slot.used()) {
        dispose_of_flow(ctx, packet, burst.state[i], slot);
        continue;
      }
      if (is_media_port(snapshot, parsed[i].port)) {
        ctx.drop(packet, kNoFlow);
        continue;
      }
    }
    ctx.emit(kPunt, burst, i);
  }
}

}  // namespace junctor::dp
