// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_relay.hpp"

#include <rte_prefetch.h>

#include "dataplane/core/context.hpp"
#include "dataplane/core/wire.hpp"
#include "dataplane/nodes/rtp_rewrite.hpp"
#include "dataplane/nodes/rtp_source.hpp"
#include "dataplane/nodes/rtp_statistics.hpp"

namespace junctor::dp {
namespace {

using wire::get;

// rtp_classify has asked for the flows' lines, into the second cache: those of a whole burst do not
// stay in the first one (measured: twice the time). From there they are fetched so many packets
// ahead.
constexpr unsigned kAhead = 6;

// Fills in the payload's length. RFC 3550, section 5.1 and A.1: version, CSRC list, extension,
// padding fit.
bool parse_rtp(const std::uint8_t* p, unsigned length, RtpView& rtp) {
  if (length < wire::kRtpHeader || (p[0] & 0xc0) != 0x80) return false;
  if (p[1] >= 192 && p[1] <= 223) return false;  // RTCP where none is expected
  unsigned header = wire::kRtpHeader + (p[0] & 15u) * 4;
  if ((p[0] & 0x10) != 0) {
    if (header + 4 > length) return false;
    header += 4 + wire::swap(get<std::uint16_t>(p + header + 2)) * 4u;
  }
  unsigned padding = 0;
  if ((p[0] & 0x20) != 0) {
    padding = p[length - 1];
    if (padding == 0) return false;
  }
  if (header + padding > length) return false;
  rtp.payload_type = p[1] & 0x7f;
  rtp.sequence = wire::swap(get<std::uint16_t>(p + 2));
  rtp.timestamp = wire::swap(get<std::uint32_t>(p + 4));
  rtp.ssrc = wire::swap(get<std::uint32_t>(p + 8));
  rtp.payload = static_cast<std::uint16_t>(length - header - padding);
  return true;
}

void drop(Context& ctx, rte_mbuf* packet, std::uint32_t flow, FlowDrop reason) {
  ctx.flows().rare(flow).drops[static_cast<std::size_t>(reason)].add();
  ctx.drop(packet, static_cast<unsigned>(reason));
}

// Received, counted, and not sent.
void drop_unsent(Context& ctx, rte_mbuf* packet, std::uint32_t flow, const RtpView& rtp,
                 FlowDrop reason) {
  FlowRare& rare = ctx.flows().rare(flow);
  rare.unsent_packets.add();
  rare.unsent_octets.add(rtp.payload);
  drop(ctx, packet, flow, reason);
}

// Voice of a flow without a sending side.
void take_unsent(Context& ctx, const Burst& burst, unsigned i, const RtpView& rtp,
                 std::uint8_t flags) {
  const std::uint32_t flow = burst.state[i].flow;
  if ((flags & FlowHead::kToControl) == 0)
    return drop_unsent(ctx, burst.packets[i], flow, rtp, FlowDrop::NoPeer);
  PacketState& punted = ctx.emit(RtpRelay::kPunt, burst, i);
  punted.flags |= PacketState::kVoice;
}

void relay(Context& ctx, const Burst& burst, unsigned i) {
  rte_mbuf* packet = burst.packets[i];
  const PacketState& state = burst.state[i];
  FlowStore& flows = ctx.flows();
  FlowHead& head = flows.hot(state.flow).head;
  FlowCount& count = flows.hot(state.flow).count;
  const auto* frame = rte_pktmbuf_mtod(packet, const std::uint8_t*);
  RtpView rtp;
  if (!parse_rtp(frame + state.l4 + wire::kUdpHeader, state.udp_length - wire::kUdpHeader, rtp))
    return drop(ctx, packet, state.flow, FlowDrop::NotRtp);

  const PayloadMap::Entry entry = flows.payload_map(head.payload_map).entries[rtp.payload_type];
  if (!is_locked_source(head, flows.rare(state.flow), frame, state)) {
    if (entry.rate == 0 && (head.flags.get() & FlowHead::kLocked) == 0)
      return drop(ctx, packet, state.flow, FlowDrop::PayloadType);  // teaches nothing
    if (!learn_source(ctx, state.flow, frame, state))
      return drop(ctx, packet, state.flow, FlowDrop::WrongSource);
  }

  if (count.received_of_ssrc.get() == 0 || count.ssrc.get() != rtp.ssrc) {
    if (start_ssrc(flows, state.flow, rtp, entry.rate, ctx.now_ns()))
      ctx.count(RtpRelay::kSsrcChanged);
  } else {
    count_sequence(count, flows.rare(state.flow), rtp.sequence);
  }
  count_packet(count, head, flows.rate(entry.rate), rtp, entry.rate, ctx.now_ns());

  const std::uint8_t flags = head.flags.get();
  if (entry.rate == 0 || entry.sent == kNoPayloadType)
    return drop_unsent(ctx, packet, state.flow, rtp, FlowDrop::PayloadType);
  if ((flags & FlowHead::kReceive) == 0)
    return drop_unsent(ctx, packet, state.flow, rtp, FlowDrop::NotReceiving);
  if ((flags & FlowHead::kSends) == 0) return take_unsent(ctx, burst, i, rtp, flags);
  if ((flags & FlowHead::kResolved) == 0)
    return drop_unsent(ctx, packet, state.flow, rtp, FlowDrop::NoNextHop);

  RtpOut out{static_cast<std::uint16_t>(rtp.sequence + head.sequence_offset),
             rtp.timestamp + head.timestamp_offset, entry.sent};
  if (!rewrite(packet, state, head, flows, out)) {
    flows.rare(state.flow).unsent_packets.add();
    flows.rare(state.flow).unsent_octets.add(rtp.payload);
    return ctx.drop(packet, RtpRelay::kNoHeadroom);
  }
  count.last_timestamp_sent.set(out.timestamp);
  count.last_sent_ns.set(ctx.now_ns());
  packet->port = head.port;
  ctx.emit(RtpRelay::kTransmit, burst, i);
}

}  // namespace

const NodeDesc& RtpRelay::desc() const noexcept {
  static constexpr NodeDesc kDesc{"rtp_relay", kOutputs, kCounters};
  return kDesc;
}

void RtpRelay::process(Context& ctx, Burst& burst) noexcept {
  for (unsigned i = 0; i < burst.count; ++i) {
    if (i + kAhead < burst.count) {
      const FlowHot& hot = ctx.flows().hot(burst.state[i + kAhead].flow);
      rte_prefetch0(&hot.head);
      rte_prefetch0(&hot.count);
    }
    relay(ctx, burst, i);
  }
}

}  // namespace junctor::dp
