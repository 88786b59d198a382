// SPDX-License-Identifier: MIT
// Sessions: what is installed, and how it becomes what should be.
//
//   media.v1.Session --> [apply | sync | remove] --> install, update, remove --> Plane
//                              what differs only
//   Plane --> source learned --> the other flow's target
//   NextHops --> next hop changed --> the flows that go there
//
// Threads   the loop's.
// Lifetime  ends its flows with itself.
// Errors    a session that cannot be installed leaves everything as it was, and says why in its
//           SessionResult.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataplane/control/next_hops.hpp"
#include "dataplane/control/rtcp.hpp"
#include "dataplane/control/schedule.hpp"
#include "dataplane/control/session.hpp"
#include "dataplane/control/session_spec.hpp"
#include "dataplane/core/plane.hpp"

namespace junctor::dp {

class Sessions {
 public:
  struct Events {
    std::function<void(const std::string& id, unsigned leg, const SocketAddress& source)>
        on_source_learned;
    std::function<void(const std::string& id, std::uint32_t silent_s)> on_timeout;
  };

  static constexpr std::size_t kUpdatesPerRun = 512;
  static constexpr std::size_t kMaxEndpoints =
      9;  // of 8 test calls, one of which may have both ends here

  // Of a loopback call, beyond max_legs: it takes nobody's place.
  static constexpr unsigned kLoopLegs = 4;

  Sessions(Plane& plane, NextHops& next_hops, RtcpEngine& rtcp, unsigned max_legs, Events events);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  // Where legs can be. Sessions that are installed stay.
  void set_local_addresses(std::vector<IpAddress> addresses);
  const std::vector<IpAddress>& local_addresses() const { return local_addresses_; }

  // Adds or replaces, unless what is installed is newer.
  api::SessionResult apply(const api::Session& message);
  // The same, of a Sync: whatever the generation, and a session that this Sync has not named (yet)
  // gives way.
  void begin_sync();
  api::SessionResult sync(const api::Session& message);
  void finish_sync();  // removes what was not named
  api::SessionResult remove(const std::string& id);

  void on_flow_event(const FlowEvent& event);
  void on_rtcp(FlowId flow, const SocketAddress& source, Bytes payload);
  void on_voice(FlowId flow, Bytes packet);  // to an endpoint
  // Voice of endpoints, time-outs, reports and updates that are due. Call about every 10 ms.
  void run();

  const Session* find(const std::string& id) const;
  Session* find(SessionKey key);
  api::SessionStatistics statistics(const Session& session) const;
  // Of all that are up.
  api::LegTotals totals() const;
  template <typename Take>
  void for_each(Take&& take) const {
    for (const auto& session : slots_) {
      if (session) take(*session);
    }
  }
  // Seconds since anything was received, if the session timed out and is silent still.
  std::optional<std::uint32_t> timed_out_for(const Session& session) const;
  std::size_t size() const { return by_id_.size(); }
  unsigned legs() const { return leg_count_; }

 private:
  struct FlowOwner {
    SessionKey session;
    unsigned leg = 0;
  };
  struct Timer {
    SessionKey session;
    std::uint32_t version = 0;
  };

  // What a session is replaced from, for the way back.
  struct Before {
    SessionSpec spec;
    std::array<Leg, 2> legs;
    std::array<bool, 2> keep{};  // the leg's flow goes on
  };

  api::SessionResult put(const api::Session& message, bool is_sync);
  Result<void> check(const SessionSpec& spec, const Session* existing) const;
  Result<void> claim_ports(const SessionSpec& spec, bool is_sync);
  Session* port_conflict(const SessionSpec& spec, unsigned index);
  Session& make_slot(const std::string& id);
  void free_slot(Session& session);

  Result<void> replace(Session& session, SessionSpec spec);
  void prepare_leg(Session& session, unsigned index, const Before& before);
  Result<void> install_legs(Session& session, const Before& before);
  void go_back(Session& session, Before before);
  void go_on(Session& session, const Before& before);
  void count_sent_anew(Session& session, unsigned index, const Before& before);
  std::array<FlowStats, 2> end_flows(Session& session);
  api::SessionStatistics end(Session& session);

  void set_endpoint(Session& session);
  void run_endpoints();
  bool send_voice(const Session& session, Bytes packet);

  FlowTemplate flow_of(const Session& session, unsigned index) const;
  void set_destination(Session& session, unsigned index);
  void add_user(Session& session, unsigned index);
  void drop_user(Session& session, unsigned index);
  void mark_stale(Session& session, unsigned index);
  void flush_stale();
  void on_next_hop(DestinationId id);

  void start_timer(Session& session);
  void on_timer(const Timer& timer);
  Nanoseconds silent_since(const Session& session) const;

  // Given.
  Plane& plane_;
  NextHops& next_hops_;
  RtcpEngine& rtcp_;
  const unsigned max_legs_;
  const Events events_;
  // State.
  std::vector<IpAddress> local_addresses_;
  PayloadLists payload_lists_;
  std::vector<std::unique_ptr<Session>> slots_;
  std::vector<std::uint32_t> versions_;  // of each slot, the next one's
  std::vector<std::uint32_t> free_slots_;
  std::unordered_map<std::string, std::uint32_t> by_id_;
  std::unordered_map<SocketAddress, FlowOwner> by_port_;  // local RTP address of each leg
  std::unordered_map<FlowId, FlowOwner> by_flow_;
  std::unordered_map<DestinationId, std::vector<FlowOwner>> users_;  // the legs whose peer is there
  std::vector<FlowOwner> stale_;
  std::vector<SessionKey> endpoints_;  // the sessions that have one
  Schedule<Timer> timers_;
  unsigned leg_count_ = 0;
  unsigned loop_leg_count_ = 0;  // of them at loop_address()
  std::uint32_t sync_round_ = 0;
};

}  // namespace junctor::dp
