// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_classify.hpp"

#include <rte_prefetch.h>

#include "dataplane/core/context.hpp"
#include "dataplane/core/wire.hpp"

namespace junctor::dp {
namespace {

using wire::get;

// What the headers of a packet say: a drop reason, or one of these.
using Verdict = std::uint8_t;
constexpr Verdict kToKernel = 254;
constexpr Verdict kLookUp = 255;  // in the port table that was found

// How many packets ahead of the one in work a buffer's own line, and its data, are asked for.
constexpr unsigned kBufferAhead = 24, kDataAhead = 12;

// What the first pass leaves to the second; written field by field, since a copy of a whole that
// was just written in parts waits for the parts.
struct Pass {
  std::array<const std::atomic<std::uint32_t>*, kMaxBurst> slots;
  std::array<std::uint16_t, kMaxBurst> ports;  // destination, host order
  std::array<Verdict, kMaxBurst> verdicts;
};

bool is_media_port(const Snapshot& snapshot, std::uint16_t port) {
  return port >= snapshot.media_port_min && port <= snapshot.media_port_max;
}

// 127.0.0.0/8, which may not appear outside of a host (RFC 1122, section 3.2.1.3). In network order.
bool is_loopback(std::uint32_t address) { return (address & 0xff) == 127; }

// The headers of one packet, from the outside in.
class Parser {
 public:
  Parser(const Snapshot& snapshot, Pass& pass, unsigned i, PacketState& state)
      : snapshot_(snapshot), pass_(pass), i_(i), state_(state) {}

  Verdict parse(const rte_mbuf* packet) {
    const auto* frame = rte_pktmbuf_mtod(packet, const std::uint8_t*);
    const unsigned length = packet->data_len;
    port_ = packet->port;
    if (length < wire::kEtherHeader) return RtpClassify::kTruncated;
    const auto* mac = snapshot_.macs[packet->port % kPortSlots].data();
    if ((frame[0] & 1) == 0 && (get<std::uint32_t>(frame) != get<std::uint32_t>(mac) ||
                                get<std::uint16_t>(frame + 4) != get<std::uint16_t>(mac + 4)))
      return RtpClassify::kOtherMac;
    std::uint16_t type = get<std::uint16_t>(frame + 12);
    unsigned l3 = wire::kEtherHeader;
    if (type == wire::kEtherVlan) [[unlikely]] {
      if (length < wire::kEtherHeader + wire::kVlanTag) return RtpClassify::kTruncated;
      state_.vlan = wire::swap(get<std::uint16_t>(frame + 14)) & 0xfff;
      type = get<std::uint16_t>(frame + 16);
      l3 += wire::kVlanTag;
    }
    state_.l3 = static_cast<std::uint16_t>(l3);
    // Voice is short; a chain of buffers is something else.
    if (packet->nb_segs != 1) [[unlikely]]
      return kToKernel;
    if (type == wire::kEtherIp4) return parse_v4(frame + l3, length - l3);
    if (type == wire::kEtherIp6) return parse_v6(frame + l3, length - l3);
    return kToKernel;
  }

 private:
  Verdict parse_v4(const std::uint8_t* ip, unsigned left) {
    if (left < wire::kIp4Header || (ip[0] >> 4) != 4) return RtpClassify::kBadIp;
    const unsigned header = (ip[0] & 15u) * 4;
    const unsigned total = wire::swap(get<std::uint16_t>(ip + 2));
    if (header < wire::kIp4Header || total < header || total > left) return RtpClassify::kBadIp;
    state_.kind = PacketState::Kind::V4;
    state_.l4 = static_cast<std::uint16_t>(state_.l3 + header);
    const unsigned fragment = wire::swap(get<std::uint16_t>(ip + 6)) & 0x3fffu;  // more, offset
    if (fragment != 0) [[unlikely]] {
      state_.flags = PacketState::kFragment;
      if ((fragment & 0x1fff) != 0) return kToKernel;  // not the first: no ports
    }
    const auto to = get<std::uint32_t>(ip + 16);
    const PortTable* table = ip[9] == wire::kProtoUdp ? snapshot_.local.find_v4(to) : nullptr;
    if (table == nullptr && is_loopback(to)) [[unlikely]] {
      if (port_ != snapshot_.loop_port) return RtpClassify::kLoopback;
      table = snapshot_.loop_table;
    }
    if (ip[9] == wire::kProtoUdp) [[likely]]
      return parse_udp(ip + header, total - header, table);
    if (ip[9] == wire::kProtoTcp && total - header >= 20) state_.flags |= PacketState::kTcp;
    return kToKernel;
  }

  // Extension headers are left to the kernel: no telephone sends voice with one.
  Verdict parse_v6(const std::uint8_t* ip, unsigned left) {
    if (left < wire::kIp6Header || (ip[0] >> 4) != 6) return RtpClassify::kBadIp;
    const unsigned payload = wire::swap(get<std::uint16_t>(ip + 4));
    if (payload > left - wire::kIp6Header) return RtpClassify::kBadIp;
    state_.kind = PacketState::Kind::V6;
    state_.l4 = static_cast<std::uint16_t>(state_.l3 + wire::kIp6Header);
    if (ip[6] == wire::kProtoUdp)
      return parse_udp(ip + wire::kIp6Header, payload, snapshot_.local.find_v6(ip + 24));
    if (ip[6] == wire::kProtoFragment6) state_.flags = PacketState::kFragment;
    if (ip[6] == wire::kProtoTcp && payload >= 20) state_.flags = PacketState::kTcp;
    return kToKernel;
  }

  // `left` octets follow the IP header.
  Verdict parse_udp(const std::uint8_t* udp, unsigned left, const PortTable* table) {
    if (left < wire::kUdpHeader) return RtpClassify::kBadUdp;
    const std::uint16_t length = wire::swap(get<std::uint16_t>(udp + 4));
    const bool first_fragment = (state_.flags & PacketState::kFragment) != 0;
    if (length < wire::kUdpHeader || (length > left && !first_fragment))
      return RtpClassify::kBadUdp;
    state_.udp_length = length;
    state_.flags |= PacketState::kUdp;
    if (table == nullptr) return kToKernel;
    const std::uint16_t port = wire::swap(get<std::uint16_t>(udp + 2));
    if (first_fragment) [[unlikely]]
      return is_media_port(snapshot_, port) ? Verdict{RtpClassify::kMediaFragment} : kToKernel;
    pass_.ports[i_] = port;
    pass_.slots[i_] = &(*table)[port];
    rte_prefetch0(pass_.slots[i_]);
    return kLookUp;
  }

  const Snapshot& snapshot_;
  Pass& pass_;
  unsigned i_;
  PacketState& state_;
  std::uint16_t port_ = 0;
};

// RFC 7983, section 7: the first octet tells the protocols at one port apart. RFC 5761, section 4:
// RTCP packet types are where RTP has its marker and payload type.
enum class Content : std::uint8_t { Rtp, Rtcp, Stun, Dtls };
Content content_of(const std::uint8_t* payload, unsigned length) {
  if (length < 2 || (payload[0] & 0xc0) == 0x80) [[likely]] {
    if (length < 2) return Content::Rtp;  // rtp_relay says what is wrong with it
    return payload[1] >= 192 && payload[1] <= 223 ? Content::Rtcp : Content::Rtp;
  }
  if (payload[0] <= 3) return Content::Stun;
  if (payload[0] >= 20 && payload[0] <= 63) return Content::Dtls;
  return Content::Rtp;
}

// Packet i, whose port belongs to a flow.
void dispose_of_flow(Context& ctx, const Burst& burst, unsigned i, FlowSlot slot) {
  rte_mbuf* packet = burst.packets[i];
  const PacketState& state = burst.state[i];
  const auto* payload =
      rte_pktmbuf_mtod_offset(packet, const std::uint8_t*, state.l4 + wire::kUdpHeader);
  const Content content = content_of(payload, state.udp_length - wire::kUdpHeader);
  if (content == Content::Stun) return ctx.drop(packet, RtpClassify::kStun);
  if (content == Content::Dtls) return ctx.drop(packet, RtpClassify::kDtls);
  if (slot.worker() != ctx.worker()) {
    ctx.emit(RtpClassify::kHandover, burst, i).worker = static_cast<std::uint8_t>(slot.worker());
    return;
  }
  if (slot.rtcp() || (slot.mux() && content == Content::Rtcp)) {
    PacketState& punted = ctx.emit(RtpClassify::kPunt, burst, i);
    punted.flow = slot.flow();
    punted.flags |= PacketState::kRtcp;
    return;
  }
  const FlowHot& hot = ctx.flows().hot(slot.flow());
  rte_prefetch1(&hot.head);  // rtp_relay fetches it from there
  rte_prefetch1(&hot.count);
  ctx.emit(RtpClassify::kRelay, burst, i).flow = slot.flow();
}

}  // namespace

const NodeDesc& RtpClassify::desc() const noexcept {
  static constexpr NodeDesc kDesc{"rtp_classify", kOutputs, kCounters};
  return kDesc;
}

void RtpClassify::process(Context& ctx, Burst& burst) noexcept {
  const Snapshot& snapshot = ctx.snapshot();
  Pass pass;
  for (unsigned i = 0; i < burst.count && i < kDataAhead; ++i)
    rte_prefetch0(rte_pktmbuf_mtod(burst.packets[i], const void*));
  for (unsigned i = 0; i < burst.count; ++i) {
    if (i + kBufferAhead < burst.count) rte_prefetch0(burst.packets[i + kBufferAhead]);
    if (i + kDataAhead < burst.count)
      rte_prefetch0(rte_pktmbuf_mtod(burst.packets[i + kDataAhead], const void*));
    burst.state[i] = {};
    pass.verdicts[i] = Parser(snapshot, pass, i, burst.state[i]).parse(burst.packets[i]);
  }
  for (unsigned i = 0; i < burst.count; ++i) {
    rte_mbuf* packet = burst.packets[i];
    if (pass.verdicts[i] == kLookUp) [[likely]] {
      const FlowSlot slot(pass.slots[i]->load(std::memory_order_acquire));
      if (slot.used()) [[likely]]
        dispose_of_flow(ctx, burst, i, slot);
      else if (is_media_port(snapshot, pass.ports[i]))
        ctx.drop(packet, kNoFlow);
      else
        ctx.emit(kPunt, burst, i);
    } else if (pass.verdicts[i] == kToKernel) {
      ctx.emit(kPunt, burst, i);
    } else {
      ctx.drop(packet, pass.verdicts[i]);
    }
  }
}

}  // namespace junctor::dp
