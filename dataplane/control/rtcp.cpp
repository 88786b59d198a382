// SPDX-License-Identifier: MIT
#include "dataplane/control/rtcp.hpp"

#include <algorithm>

#include "dataplane/control/frame.hpp"
#include "dataplane/rtp/ntp.hpp"

namespace junctor::dp {
namespace {

using std::chrono::duration_cast;

constexpr Nanoseconds kFirstLeast = Milliseconds{50};
constexpr Nanoseconds kFirstMost = Milliseconds{850};
constexpr Nanoseconds kLeast = Milliseconds{2500};
constexpr Nanoseconds kMost = Milliseconds{7500};
constexpr Nanoseconds kRetry = Milliseconds{500};

// Of the verdicts of parse_rtcp, in their order.
constexpr std::array<RtcpEngine::Count, kRtcpVerdicts> kVerdictCounts{
    RtcpEngine::kReceived,    RtcpEngine::kTooShort,  RtcpEngine::kBadVersion,
    RtcpEngine::kNotCompound, RtcpEngine::kBadLength, RtcpEngine::kBadPadding,
    RtcpEngine::kBadReport,   RtcpEngine::kBadSdes};

SocketAddress beside(const SocketAddress& media) {
  if (!media || media.port == 0xffff) return {};
  return {media.ip, static_cast<std::uint16_t>(media.port + 1)};
}

// Whether RTCP from there may be believed: it comes from where the media comes from. The port is
// free (RFC 4961 is not kept by all).
bool is_expected(const LegSpec& leg, const Leg& state, const IpAddress& source) {
  const SocketAddress media = media_target(leg, state.learned);
  return (media && media.ip == source) || (leg.remote_rtcp && leg.remote_rtcp.ip == source);
}

// The name may be left out; a report without CNAME is none (RFC 3550, section 6.1).
std::string cname_of(const LegSpec& leg) {
  if (!leg.cname.empty()) return leg.cname;
  return "junctor-" + std::to_string(leg.ssrc);
}

}  // namespace

const std::array<CounterDesc, RtcpEngine::kCounts> RtcpEngine::kDescriptions{{
    {"sent", Severity::Info, "a compound packet was sent to a peer"},
    {"received", Severity::Info, "a compound packet came from a peer and was read"},
    {"wrong_source", Severity::Warning, "RTCP came from an address that is not the peer's"},
    {"too_short", Severity::Warning, "RTCP was shorter than one header with its source"},
    {"bad_version", Severity::Warning, "RTCP was not of version 2"},
    {"not_compound", Severity::Warning, "RTCP did not begin with a report"},
    {"bad_length", Severity::Warning, "the lengths within an RTCP packet did not add up"},
    {"bad_padding", Severity::Warning, "RTCP was padded where it must not be"},
    {"bad_report", Severity::Warning, "a report was shorter than it said"},
    {"bad_sdes", Severity::Warning, "a source description ran over its end"},
    {"bye_received", Severity::Info,
     "a peer said BYE in RTCP; SIP decides about the end of a call"},
    {"ignored", Severity::Info, "a packet of a type that means nothing here was stepped over"},
    {"bad_round_trip", Severity::Warning, "a report gave a round trip that cannot be true"},
    {"no_next_hop", Severity::Warning, "a report waits because its next hop is not resolved"},
    {"queue_full", Severity::Warning, "a report was not sent because the transmit queue was full"},
}};

SocketAddress rtcp_target(const LegSpec& leg, const Leg& state) {
  const SocketAddress media = media_target(leg, state.learned);
  if (leg.rtcp_mux) return media;
  // Behind a NAT what was signalled is of no use; where its RTCP comes from is, and else the port
  // beside.
  if (media && media != leg.remote) {
    return state.rtcp.source && state.rtcp.source.ip == media.ip ? state.rtcp.source
                                                                 : beside(media);
  }
  return leg.remote_rtcp ? leg.remote_rtcp : beside(media);
}

Totals totals(const FlowStats& stats) {
  Totals out;
  out.expected = stats.expected_before;
  if (stats.received_of_ssrc > 0) {
    out.expected += std::uint64_t{stats.extended_max_seq} - stats.base_seq + 1;
  }
  out.received = stats.packets_received;
  return out;
}

RtcpEngine::RtcpEngine(Plane& plane, NextHops& next_hops, const Clock& clock, std::uint64_t seed)
    : plane_(plane),
      next_hops_(next_hops),
      wall_at_zero_(clock.wall() - plane.now()),
      random_(static_cast<std::minstd_rand::result_type>(seed)),
      counters_(kDescriptions) {}

Nanoseconds RtcpEngine::random_between(Nanoseconds least, Nanoseconds most) {
  std::uniform_int_distribution<std::int64_t> between(least.count(), most.count());
  return Nanoseconds{between(random_)};
}

std::uint64_t RtcpEngine::ntp_at(Nanoseconds now) const { return ntp_time(wall_at(now)); }

void RtcpEngine::schedule(Session& session, unsigned index, Nanoseconds delay) {
  session.legs[index].rtcp.is_scheduled = true;
  schedule_.add(plane_.now() + delay, LegKey{session.key, static_cast<std::uint8_t>(index)});
}

// Keeps the destination's next hop watched.
void RtcpEngine::set_destination(Session& session, unsigned index) {
  const LegSpec& spec = session.spec.legs[index];
  Leg& leg = session.legs[index];
  const SocketAddress target = rtcp_target(spec, leg);
  const DestinationId before = leg.rtcp.destination;
  leg.rtcp.destination = target ? next_hops_.acquire(target.ip, spec.local.ip) : kNoDestination;
  if (before != kNoDestination) next_hops_.release(before);
}

void RtcpEngine::leg_changed(Session& session, unsigned index) {
  set_destination(session, index);
  LegRtcp& rtcp = session.legs[index].rtcp;
  if (rtcp.destination != kNoDestination && !rtcp.is_scheduled) {
    schedule(session, index, random_between(kFirstLeast, kFirstMost));
  }
}

void RtcpEngine::leg_ended(Session& session, unsigned index, const FlowStats& own,
                           const FlowStats& other) {
  LegRtcp& rtcp = session.legs[index].rtcp;
  if (rtcp.destination == kNoDestination) return;
  send(session, index, own, other, true);
  next_hops_.release(rtcp.destination);
  rtcp.destination = kNoDestination;
}

void RtcpEngine::on_due(Session& session, unsigned index) {
  Leg& leg = session.legs[index];
  if (index >= session.spec.leg_count || leg.rtcp.destination == kNoDestination) {
    leg.rtcp.is_scheduled = false;  // leg_changed() begins anew
    return;
  }
  const Leg& across = session.legs[1 - index];
  const FlowStats own = plane_.read(leg.flow);
  const FlowStats other = across.has_flow    ? plane_.read(across.flow)
                          : session.endpoint ? session.endpoint->sent()
                                             : FlowStats{};
  const bool sent = send(session, index, own, other, false);
  schedule(session, index, sent ? random_between(kLeast, kMost) : kRetry);
}

std::optional<SenderInfo> RtcpEngine::sender_info(const Session& session, unsigned index,
                                                  const FlowStats& other, Nanoseconds now) {
  const LegRtcp& rtcp = session.legs[index].rtcp;
  const std::uint64_t packets = other.packets_sent - rtcp.sent_packets_before;
  // A sender is who sent anything since the report before the last (RFC 3550, section 6.4).
  if (packets == 0 || other.packets_sent == rtcp.sent_reported[1]) return std::nullopt;
  SenderInfo info;
  info.ntp = ntp_at(now);
  // The timestamp that a packet sent now would carry.
  const auto since_us = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, duration_cast<std::chrono::microseconds>(now - other.last_sent).count()));
  info.rtp_timestamp = other.last_timestamp_sent +
                       static_cast<std::uint32_t>(since_us * other.clock_rate / 1'000'000);
  info.packets = static_cast<std::uint32_t>(packets);
  info.octets = static_cast<std::uint32_t>(other.octets_sent - rtcp.sent_octets_before);
  return info;
}

std::optional<ReportBlock> RtcpEngine::report_block(LegRtcp& rtcp, const FlowStats& own,
                                                    Nanoseconds now) {
  if (own.packets_received == rtcp.received_reported) return std::nullopt;
  rtcp.received_reported = own.packets_received;
  const Totals all = totals(own);
  const std::uint64_t of_ssrc = std::uint64_t{own.extended_max_seq} - own.base_seq + 1;
  ReportBlock block;
  block.ssrc = own.ssrc;
  block.fraction_lost = rtcp.loss.fraction_lost(all.expected, all.received);
  block.cumulative_lost = cumulative_lost(of_ssrc, own.received_of_ssrc);
  block.highest_sequence = own.extended_max_seq;
  block.jitter = own.jitter_x16 >> 4;
  if (rtcp.lsr != 0) {
    block.lsr = rtcp.lsr;
    block.dlsr = ntp_short(now - rtcp.sr_arrival);
  }
  return block;
}

bool RtcpEngine::send(Session& session, unsigned index, const FlowStats& own,
                      const FlowStats& other, bool bye) {
  const LegSpec& spec = session.spec.legs[index];
  LegRtcp& rtcp = session.legs[index].rtcp;
  const SocketAddress to = rtcp_target(spec, session.legs[index]);
  if (!next_hops_.get(rtcp.destination)) {
    counters_[kNoNextHop].add();
    return false;
  }
  const Nanoseconds now = plane_.now();
  const std::string cname = cname_of(spec);
  RtcpSend what;
  what.ssrc = spec.ssrc;
  what.sender = sender_info(session, index, other, now);
  what.block = report_block(rtcp, own, now);
  what.cname = cname;
  what.bye = bye;
  rtcp.sent_reported = {other.packets_sent, rtcp.sent_reported[0]};
  std::array<std::uint8_t, kMaxRtcpBytes> buffer;
  const std::size_t size = build_rtcp(what, buffer);
  if (!transmit(session, index, to, Bytes(buffer).first(size))) return false;
  ++rtcp.sent;
  counters_[kSent].add();
  return true;
}

bool RtcpEngine::transmit(const Session& session, unsigned index, const SocketAddress& to,
                          Bytes payload) {
  const LegSpec& spec = session.spec.legs[index];
  const std::optional<NextHop> hop = next_hops_.get(session.legs[index].rtcp.destination);
  Datagram datagram;
  datagram.from = spec.rtcp_mux ? spec.local : beside(spec.local);
  datagram.to = to;
  datagram.dscp = spec.dscp;
  datagram.payload = payload;
  std::array<std::uint8_t, kMaxFrameHeaders + kMaxRtcpBytes> frame;
  const std::size_t size = build_frame(*hop, datagram, frame);
  if (plane_.transmit(hop->port, hop->vlan, Bytes(frame).first(size))) return true;
  counters_[kQueueFull].add();
  return false;
}

void RtcpEngine::on_packet(Session& session, unsigned index, const SocketAddress& source,
                           Bytes payload) {
  const LegSpec& spec = session.spec.legs[index];
  Leg& leg = session.legs[index];
  if (!is_expected(spec, leg, source.ip)) {
    ++leg.rtcp.wrong_source;
    counters_[kWrongSource].add();
    return;
  }
  RtcpCompound compound;
  const RtcpVerdict verdict = parse_rtcp(payload, compound);
  counters_[kVerdictCounts[static_cast<std::size_t>(verdict)]].add();
  if (verdict != RtcpVerdict::Good) return;
  ++leg.rtcp.received;
  if (compound.bye) counters_[kByeReceived].add();
  if (compound.ignored > 0) counters_[kIgnored].add(compound.ignored);
  if (leg.rtcp.source != source) {
    leg.rtcp.source = source;
    leg_changed(session, index);
  }
  on_compound(session, index, compound);
}

void RtcpEngine::on_compound(Session& session, unsigned index, const RtcpCompound& compound) {
  LegRtcp& rtcp = session.legs[index].rtcp;
  const Nanoseconds now = plane_.now();
  if (compound.sender) {
    rtcp.lsr = ntp_middle(compound.sender->ntp);
    rtcp.sr_arrival = now;
  }
  const ReportBlock* block = compound.block_about(session.spec.legs[index].ssrc);
  if (block == nullptr) return;
  rtcp.remote_fraction_lost = block->fraction_lost;
  rtcp.remote_jitter = block->jitter;
  const auto trip = round_trip(ntp_middle(ntp_at(now)), block->lsr, block->dlsr);
  if (trip) {
    const auto us = duration_cast<std::chrono::microseconds>(*trip).count();
    rtcp.round_trip_us = static_cast<std::uint32_t>(std::max<std::int64_t>(1, us));
  } else if (block->lsr != 0) {
    counters_[kBadRoundTrip].add();
  }
}

}  // namespace junctor::dp
