// SPDX-License-Identifier: MIT
#include "dataplane/nodes/punt.hpp"

#include "dataplane/core/context.hpp"
#include "dataplane/core/wire.hpp"

namespace junctor::dp {
namespace {

constexpr std::uint32_t kRtcpPerSecond = 50, kAllRtcpPerSecond = 40'000;
constexpr std::uint32_t kVoicePerSecond = 200, kAllVoicePerSecond = 2'000;
constexpr std::uint32_t kTrustedPerSecond = 40'000;
constexpr std::uint32_t kOtherPerSecond = 2'000, kAllOthersPerSecond = 20'000;
constexpr std::uint32_t kStrangersFactor = 100;

using Kind = PacketState::Kind;

// The mark of a punted packet, and the counter that it counts.
struct Mark {
  std::uint32_t flow = 0;
  Punt::Counter counter = Punt::kToKernel;
};

Mark mark_of(const PacketState& state) {
  if ((state.flags & PacketState::kRtcp) != 0) return {state.flow + 1, Punt::kRtcp};
  if ((state.flags & PacketState::kVoice) != 0)
    return {(state.flow + 1) | kPuntedVoice, Punt::kVoice};
  return {};
}

AddressKey source_key(const std::uint8_t* frame, const PacketState& state) {
  if (state.kind == Kind::V4)
    return AddressKey::v4(wire::get<std::uint32_t>(frame + state.l3 + 12));
  if (state.kind == Kind::V6) return AddressKey::v6_at(frame + state.l3 + 8);
  std::uint64_t mac = 0;
  std::memcpy(&mac, frame + 6, 6);
  return {{mac, ~std::uint64_t{0}}, true};
}

bool is_signalling(const Snapshot& snapshot, const std::uint8_t* frame, const PacketState& state) {
  if ((state.flags & (PacketState::kUdp | PacketState::kTcp)) == 0) return false;
  return snapshot.signalling_ports[wire::swap(wire::get<std::uint16_t>(frame + state.l4 + 2))];
}

}  // namespace

const NodeDesc& Punt::desc() const noexcept {
  static constexpr NodeDesc kDesc{"punt", {}, kCounters};
  return kDesc;
}

// The bucket of the source first: what it refuses costs the others nothing.
bool Punt::admit_source(std::uint32_t source, std::uint32_t per_second, TokenBucket& all,
                        std::uint32_t all_per_second, std::uint64_t now_ns) {
  source_refused_ = !sources_.take(source, per_second, now_ns);
  return !source_refused_ && all.take(all_per_second, now_ns);
}

bool Punt::admit(Context& ctx, const std::uint8_t* frame, const PacketState& state,
                 Counter& refused) {
  const Snapshot& snapshot = ctx.snapshot();
  const std::uint64_t now = ctx.now_ns();
  const AddressKey source = source_key(frame, state);
  if ((state.flags & PacketState::kRtcp) != 0) {
    refused = kRtcpLimit;
    const std::uint32_t who = source.hash() ^ ((state.flow + 1) * 0x9e3779b1u);
    return admit_source(who, kRtcpPerSecond, rtcp_, kAllRtcpPerSecond, now);
  }
  if ((state.flags & PacketState::kVoice) != 0) {
    refused = kVoiceLimit;
    const std::uint32_t who = (state.flow + 1) * 0x9e3779b1u ^ 0x85ebca6bu;
    return admit_source(who, kVoicePerSecond, voice_, kAllVoicePerSecond, now);
  }
  if (snapshot.trusted.find(source)) {
    refused = kTrustedLimit;
    return trusted_.take(kTrustedPerSecond, now);
  }
  if (is_signalling(snapshot, frame, state)) {
    const std::uint32_t limit = snapshot.stranger_packets_per_second;
    const bool pass =
        admit_source(source.hash() ^ 0x5bd1e995u, limit, strangers_, limit * kStrangersFactor, now);
    refused = source_refused_ ? kStrangerLimit : kStrangersLimit;
    return pass;
  }
  const bool pass = admit_source(source.hash(), kOtherPerSecond, others_, kAllOthersPerSecond, now);
  refused = source_refused_ ? kOtherLimit : kOthersLimit;
  return pass;
}

void Punt::process(Context& ctx, Burst& burst) noexcept {
  for (unsigned i = 0; i < burst.count; ++i) {
    rte_mbuf* packet = burst.packets[i];
    const PacketState& state = burst.state[i];
    const auto* frame = rte_pktmbuf_mtod(packet, const std::uint8_t*);
    Counter refused = kOtherLimit;
    if (!admit(ctx, frame, state, refused)) {
      ctx.drop(packet, refused);
      continue;
    }
    const Mark mark = mark_of(state);
    packet->vlan_tci = state.vlan;
    packet->hash.usr = mark.flow;
    packet->l2_len = state.l3 & 0x7f;
    packet->l3_len = static_cast<unsigned>(state.l4 - state.l3) & 0x1ff;
    if (!ctx.punt(packet)) {
      ctx.drop(packet, kRingFull);
      continue;
    }
    ctx.count(mark.counter);
  }
}

}  // namespace junctor::dp
