// SPDX-License-Identifier: MIT
// RtcpEngine: RTCP of every leg, on hold too, and before any RTP came.
//
//   schedule --> [report] --> SR or RR, SDES --> Ethernet frame --> Plane::transmit
//   punted RTCP --> [on_packet] --> source check --> round trip, what the peer lost
//
// A report every 2.5 to 7.5 s (RFC 3550, section 6.2: 5 s, randomised), the first within a second
// after it is known where to send it. At most kReportsPerRun are sent at once, so that 20,000 legs
// that begin together do not burst.
//
// Threads   the loop's.
// Errors    peers are untrusted: what is wrong is counted.
#pragma once

#include <array>
#include <random>

#include "dataplane/control/schedule.hpp"
#include "dataplane/control/session.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::dp {

// Where RTCP to a leg's peer goes; none while it is not known.
SocketAddress rtcp_target(const LegSpec& leg, const Leg& state);

class RtcpEngine {
 public:
  enum Count : std::uint8_t {
    kSent,
    kReceived,
    kWrongSource,
    kTooShort,
    kBadVersion,
    kNotCompound,
    kBadLength,
    kBadPadding,
    kBadReport,
    kBadSdes,
    kByeReceived,
    kIgnored,
    kBadRoundTrip,
    kNoNextHop,
    kQueueFull,
    kCounts
  };
  static const std::array<CounterDesc, kCounts> kDescriptions;

  static constexpr std::size_t kReportsPerRun = 256;  // with a run every 10 ms: 25,600 a second

  RtcpEngine(Plane& plane, NextHops& next_hops, const Clock& clock, std::uint64_t seed);

  // After a leg was added, or anything of it changed.
  void leg_changed(Session& session, unsigned index);
  // Before a leg goes: says BYE, with its last statistics.
  void leg_ended(Session& session, unsigned index, const FlowStats& own, const FlowStats& other);
  // The UDP payload of a packet to the leg's RTCP port.
  void on_packet(Session& session, unsigned index, const SocketAddress& source, Bytes payload);

  // What the wall clock says then.
  Nanoseconds wall_at(Nanoseconds now) const { return wall_at_zero_ + now; }

  // Sends what is due. find(SessionKey) is the session, or null if it is gone.
  template <typename Find>
  void run(Find&& find) {
    schedule_.run(plane_.now(), kReportsPerRun, [&](const LegKey& key) {
      if (Session* session = find(key.session)) on_due(*session, key.leg);
    });
  }

  const CounterSet<kCounts>& counters() const { return counters_; }

 private:
  struct LegKey {
    SessionKey session;
    std::uint8_t leg = 0;
  };

  void on_due(Session& session, unsigned index);
  bool send(Session& session, unsigned index, const FlowStats& own, const FlowStats& other,
            bool bye);
  bool transmit(const Session& session, unsigned index, const SocketAddress& to, Bytes payload);
  std::optional<SenderInfo> sender_info(const Session& session, unsigned index,
                                        const FlowStats& other, Nanoseconds now);
  std::optional<ReportBlock> report_block(LegRtcp& rtcp, const FlowStats& own, Nanoseconds now);
  void on_compound(Session& session, unsigned index, const RtcpCompound& compound);
  void set_destination(Session& session, unsigned index);
  void schedule(Session& session, unsigned index, Nanoseconds delay);
  Nanoseconds random_between(Nanoseconds least, Nanoseconds most);
  std::uint64_t ntp_at(Nanoseconds now) const;

  // Given.
  Plane& plane_;
  NextHops& next_hops_;
  // State.
  Nanoseconds wall_at_zero_;  // wall time when the plane's clock was 0: a step of the wall clock
                              // ruins no round trip
  std::minstd_rand random_;
  Schedule<LegKey> schedule_;
  CounterSet<kCounts> counters_;
};

// Packets expected and received since the flow began, over all of its sources (RFC 3550, section
// A.3).
struct Totals {
  std::uint64_t expected = 0;
  std::uint64_t received = 0;
};
Totals totals(const FlowStats& stats);

}  // namespace junctor::dp
