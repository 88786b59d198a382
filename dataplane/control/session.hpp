// SPDX-License-Identifier: MIT
// Session: what the control thread remembers about one installed session. Small: there are tens of
// thousands.
//
// Threads   the loop's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "dataplane/control/endpoint.hpp"
#include "dataplane/control/next_hops.hpp"
#include "dataplane/control/session_spec.hpp"
#include "dataplane/core/plane.hpp"
#include "dataplane/rtp/rtcp.hpp"

namespace junctor::dp {

// Names a session for as long as it lives: a slot that is used again has another version.
struct SessionKey {
  std::uint32_t slot = 0;
  std::uint32_t version = 0;

  friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

// RTCP of one leg.
struct LegRtcp {
  LossInterval loss;
  std::uint64_t received_reported = 0;           // packets received when the last report was sent
  std::array<std::uint64_t, 2> sent_reported{};  // packets sent when the last two were
  std::uint64_t sent_packets_before = 0;         // under another SSRC
  std::uint64_t sent_octets_before = 0;
  Nanoseconds sr_arrival{0};        // of the peer's last sender report
  std::uint32_t lsr = 0;            // its NTP time, middle 32 bits; 0: none yet
  std::uint32_t round_trip_us = 0;  // 0: not measured
  std::uint32_t remote_jitter = 0;  // timestamp units
  std::uint32_t received = 0;
  std::uint32_t sent = 0;
  std::uint32_t wrong_source = 0;
  SocketAddress source;       // where the peer's RTCP comes from
  DestinationId destination;  // of its IP address
  std::uint8_t remote_fraction_lost = 0;
  bool is_scheduled = false;
};

struct Leg {
  FlowId flow;
  bool has_flow = false;
  SocketAddress learned;      // none: not yet
  DestinationId destination;  // of media_target()
  std::uint32_t user = 0;     // position among the users of the destination
  LegRtcp rtcp;
};

struct Session {
  SessionKey key;
  SessionSpec spec;
  std::array<Leg, 2> legs;
  std::unique_ptr<Endpoint> endpoint;  // as the spec says
  Nanoseconds quiet_since{0};          // the time-out counts from here at the earliest
  std::uint32_t timer_version = 0;     // a time-out check with another is not meant
  std::uint32_t sync_round = 0;        // of the Sync that named it last
  bool is_timed_out = false;
  bool is_stale[2] = {false, false};  // the flow of that leg is to be updated
};

static_assert(sizeof(Session) <= 768, "a call has 8 KiB in the whole dataplane");

}  // namespace junctor::dp
