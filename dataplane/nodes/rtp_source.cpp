// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_source.hpp"

#include "dataplane/nodes/rtp_relay.hpp"

namespace junctor::dp {
namespace {

// A candidate that says nothing for so long makes way for another.
constexpr std::uint64_t kCandidateSilenceNs = 200'000'000;

struct Source {
  Octets16 ip{};
  std::uint16_t port = 0;  // network order
  bool v6 = false;
};

Source source_of(const std::uint8_t* frame, const PacketState& state) {
  Source source;
  source.v6 = state.kind == PacketState::Kind::V6;
  source.port = wire::get<std::uint16_t>(frame + state.l4);
  if (source.v6)
    std::memcpy(source.ip.data(), frame + state.l3 + 8, 16);
  else
    std::memcpy(source.ip.data(), frame + state.l3 + 12, 4);
  return source;
}

void lock(Context& ctx, std::uint32_t flow, const Source& source) {
  FlowHead& head = ctx.flows().hot(flow).head;
  FlowRare& rare = ctx.flows().rare(flow);
  head.source_port.set(source.port);
  head.source_v4.set(source.v6 ? 0 : wire::get<std::uint32_t>(source.ip.data()));
  if (source.v6) {
    rare.source[0].set(wire::get<std::uint64_t>(source.ip.data()));
    rare.source[1].set(wire::get<std::uint64_t>(source.ip.data() + 8));
  }
  const unsigned family = source.v6 ? unsigned{FlowHead::kSourceV6} : 0u;
  const unsigned rest = head.flags.get() & ~static_cast<unsigned>(FlowHead::kSourceV6);
  head.flags.set(static_cast<std::uint8_t>(rest | family | FlowHead::kLocked));
  FlowEvent event;
  event.flow = FlowId(flow);
  event.source.ip = IpAddress::from_bytes({source.ip.data(), source.v6 ? 16u : 4u});
  event.source.port = wire::swap(source.port);
  if (!ctx.post(event)) ctx.count(RtpRelay::kEventLost);
}

}  // namespace

bool learn_source(Context& ctx, std::uint32_t flow, const std::uint8_t* frame,
                  const PacketState& state) {
  const FlowHead& head = ctx.flows().hot(flow).head;
  FlowRare& rare = ctx.flows().rare(flow);
  const Source source = source_of(frame, state);
  if (source.port == 0) return false;
  // The signalled address wins for good: whoever was faster has the stream only until then.
  if (rare.expected_port == source.port && rare.expected_v6 == source.v6 &&
      rare.expected == source.ip) {
    lock(ctx, flow, source);
    ctx.count(RtpRelay::kLearned);
    return true;
  }
  if ((head.flags.get() & FlowHead::kLocked) != 0) return false;
  if ((head.flags.get() & FlowHead::kMayLearn) == 0) return false;
  const std::uint64_t silent_ns = ctx.now_ns() - ctx.flows().hot(flow).count.last_received_ns.get();
  if (rare.candidate_packets == 0 || silent_ns > kCandidateSilenceNs) {
    rare.candidate = source.ip;
    rare.candidate_port = source.port;
    rare.candidate_v6 = source.v6;
    rare.candidate_packets = 0;
  } else if (rare.candidate != source.ip || rare.candidate_port != source.port ||
             rare.candidate_v6 != source.v6) {
    return false;
  }
  if (++rare.candidate_packets < RtpRelay::kProbation) return true;
  lock(ctx, flow, source);
  ctx.count(RtpRelay::kLearnedOther);
  return true;
}

}  // namespace junctor::dp
