// SPDX-License-Identifier: MIT
#include "dataplane/control/leg_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "dataplane/control/rtcp.hpp"
#include "dataplane/rtp/quality.hpp"

namespace junctor::dp {
namespace {

std::uint32_t microseconds(std::uint64_t timestamp_units, std::uint32_t clock_rate) {
  if (clock_rate == 0) return 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(0xffff'ffff, timestamp_units * 1'000'000 / clock_rate));
}

// The codec that a listener hears: of the last packet, unless that was an event or comfort noise.
const Payload* voice_codec(const LegSpec& leg, std::uint8_t number) {
  const auto is_voice = [](const Payload& p) {
    return p.encoding != "TELEPHONE-EVENT" && p.encoding != "CN";
  };
  const Payload* last = leg.payload(number);
  if (last != nullptr && is_voice(*last)) return last;
  const auto first = std::find_if(leg.payloads->begin(), leg.payloads->end(), is_voice);
  return first == leg.payloads->end() ? nullptr : &*first;
}

Nanoseconds packetisation(const CodecQuality& codec, const FlowStats& own) {
  constexpr Nanoseconds kUsual = Milliseconds{20};
  if (codec.octets_per_ms <= 0 || own.packets_received == 0) return kUsual;
  const double octets =
      static_cast<double>(own.octets_received) / static_cast<double>(own.packets_received);
  const double ms = std::clamp(octets / codec.octets_per_ms, 5.0, 200.0);
  return Nanoseconds{static_cast<std::int64_t>(ms * 1e6)};
}

void set_quality(const LegSpec& spec, const Leg& leg, const FlowStats& own,
                 api::LegStatistics& out) {
  const Totals all = totals(own);
  out.set_packets_lost(static_cast<std::int64_t>(all.expected - all.received));
  const Payload* codec = voice_codec(spec, own.payload_type);
  if (own.packets_received == 0 || codec == nullptr) return;  // nothing was heard: nothing to judge
  const CodecQuality quality = codec_quality(codec->encoding);
  Reception reception;
  if (all.expected > all.received) {
    reception.loss =
        static_cast<double>(all.expected - all.received) / static_cast<double>(all.expected);
  }
  reception.round_trip = std::chrono::microseconds{leg.rtcp.round_trip_us};
  reception.jitter = std::chrono::microseconds{out.jitter_us()};
  reception.packetisation = packetisation(quality, own);
  const double r = r_factor(quality, reception);
  out.set_r_factor_x10(static_cast<std::uint32_t>(std::lround(r * 10)));
  out.set_mos_x100(static_cast<std::uint32_t>(std::lround(mos(r) * 100)));
}

void set_received(const Session& session, unsigned index, const FlowStats& own, Nanoseconds now,
                  api::LegStatistics& out) {
  const LegSpec& spec = session.spec.legs[index];
  if (const Payload* last = spec.payload(own.payload_type)) {
    out.set_codec(last->text());
    out.set_payload_type(own.payload_type);
  }
  out.set_packets_received(own.packets_received);
  out.set_octets_received(own.octets_received);
  out.set_jitter_us(microseconds(own.jitter_x16 >> 4, own.clock_rate));
  out.set_ssrc_received(own.ssrc);
  out.set_ssrc_sent(spec.ssrc);
  const Nanoseconds since = std::max(session.quiet_since, own.last_received);
  const auto silent = std::chrono::duration_cast<Milliseconds>(now - since).count();
  out.set_silent_ms(static_cast<std::uint64_t>(std::max<std::int64_t>(0, silent)));
  const auto wrong = own.drops[static_cast<std::size_t>(FlowDrop::WrongSource)];
  std::uint64_t dropped = 0;
  for (const std::uint64_t each : own.drops) dropped += each;
  out.set_wrong_source(wrong + session.legs[index].rtcp.wrong_source);
  out.set_dropped(dropped - wrong);
}

void set_rtcp(const LegRtcp& rtcp, std::uint32_t clock_rate_sent, api::LegStatistics& out) {
  out.set_remote_fraction_lost(rtcp.remote_fraction_lost);
  out.set_remote_jitter_us(microseconds(rtcp.remote_jitter, clock_rate_sent));
  out.set_round_trip_us(rtcp.round_trip_us);
  out.set_rtcp_received(rtcp.received);
  out.set_rtcp_sent(rtcp.sent);
}

std::int32_t tenths(double value) { return static_cast<std::int32_t>(std::lround(value * 10)); }

std::uint32_t permille(double share) {
  return static_cast<std::uint32_t>(std::lround(share * 1000));
}

void set_heard(const Listener::Heard& heard, api::Heard& out) {
  out.set_heard_ms(heard.ms);
  out.set_silent_permille(permille(heard.silent));
  out.set_level_dbm0_x10(tenths(heard.level_dbm0));
  if (heard.tone <= 0) return;
  out.set_tone_permille(permille(heard.tone));
  out.set_tone_hz_x10(static_cast<std::uint32_t>(tenths(heard.tone_hz)));
  out.set_tone_dbm0_x10(tenths(heard.tone_dbm0));
}

}  // namespace

api::SessionStatistics session_statistics(const Session& session,
                                          const std::array<FlowStats, 2>& stats, Nanoseconds now) {
  api::SessionStatistics out;
  out.set_id(session.spec.id);
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    const LegSpec& spec = session.spec.legs[i];
    const Leg& leg = session.legs[i];
    const FlowStats& own = stats[i];
    const FlowStats& across = stats[1 - i];
    api::LegStatistics& to = *out.add_legs();
    *to.mutable_local() = to_message(spec.local);
    if (const SocketAddress target = media_target(spec, leg.learned)) {
      *to.mutable_remote() = to_message(target);
    }
    if (leg.learned) *to.mutable_learned() = to_message(leg.learned);
    set_received(session, i, own, now, to);
    to.set_packets_sent(across.packets_sent);
    to.set_octets_sent(across.octets_sent);
    set_rtcp(leg.rtcp, across.clock_rate, to);
    set_quality(spec, leg, own, to);
  }
  if (session.endpoint) set_heard(session.endpoint->heard(), *out.mutable_heard());
  return out;
}

void add_leg(const FlowStats& flow, api::LegTotals& sum) {
  const Totals all = totals(flow);
  sum.set_legs(sum.legs() + 1);
  sum.set_packets_received(sum.packets_received() + flow.packets_received);
  sum.set_packets_lost(sum.packets_lost() + static_cast<std::int64_t>(all.expected - all.received));
  sum.set_packets_sent(sum.packets_sent() + flow.packets_sent);
}

}  // namespace junctor::dp
