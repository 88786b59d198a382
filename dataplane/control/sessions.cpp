// SPDX-License-Identifier: MIT
#include "dataplane/control/sessions.hpp"

#include <algorithm>
#include <utility>

#include "dataplane/control/leg_statistics.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp {
namespace {

api::SessionResult refused(const std::string& id, std::uint64_t installed, std::string sentence) {
  api::SessionResult result;
  result.set_id(id);
  result.set_generation(installed);
  result.set_error(std::move(sentence));
  return result;
}

// Whether two legs would receive on a port of the same number: RTP is on the port, RTCP beside it
// or on it.
bool overlaps(const LegSpec& a, const LegSpec& b) {
  if (a.local.ip != b.local.ip) return false;
  const unsigned a_last = a.local.port + (a.rtcp_mux ? 0U : 1U);
  const unsigned b_last = b.local.port + (b.rtcp_mux ? 0U : 1U);
  return a.local.port <= b_last && b.local.port <= a_last;
}

unsigned loop_legs(const SessionSpec& spec) {
  unsigned n = 0;
  for (unsigned i = 0; i < spec.leg_count; ++i)
    n += spec.legs[i].local.ip == loop_address() ? 1U : 0U;
  return n;
}

}  // namespace

Sessions::Sessions(Plane& plane, NextHops& next_hops, RtcpEngine& rtcp, unsigned max_legs,
                   Events events)
    : plane_(plane),
      next_hops_(next_hops),
      rtcp_(rtcp),
      max_legs_(max_legs),
      events_(std::move(events)) {
  next_hops_.set_on_change([this](DestinationId id) { on_next_hop(id); });
}

Sessions::~Sessions() {
  next_hops_.set_on_change({});
  for (auto& session : slots_) {
    if (session) end_flows(*session);  // without BYE: the calls go on after a restart
  }
}

void Sessions::set_local_addresses(std::vector<IpAddress> addresses) {
  local_addresses_ = std::move(addresses);
}

api::SessionResult Sessions::apply(const api::Session& message) { return put(message, false); }

void Sessions::begin_sync() { ++sync_round_; }

api::SessionResult Sessions::sync(const api::Session& message) { return put(message, true); }

void Sessions::finish_sync() {
  for (auto& session : slots_) {
    if (session && session->sync_round != sync_round_) end(*session);
  }
}

api::SessionResult Sessions::remove(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return refused(id, 0, "there is no such session");
  Session& session = *slots_[found->second];
  api::SessionResult result;
  result.set_id(id);
  result.set_generation(session.spec.generation);
  *result.mutable_last() = end(session);
  return result;
}

api::SessionResult Sessions::put(const api::Session& message, bool is_sync) {
  const auto found = by_id_.find(message.id());
  Session* session = found == by_id_.end() ? nullptr : slots_[found->second].get();
  const std::uint64_t installed = session != nullptr ? session->spec.generation : 0;
  if (session != nullptr && is_sync) session->sync_round = sync_round_;
  api::SessionResult result;
  result.set_id(message.id());
  result.set_generation(installed);
  if (session != nullptr && !is_sync && message.generation() < installed) return result;

  Result<SessionSpec> spec = read_session(message, payload_lists_);
  if (!spec) return refused(message.id(), installed, spec.error().message);
  if (auto good = check(*spec, session); !good) {
    return refused(message.id(), installed, good.error().message);
  }
  if (auto good = claim_ports(*spec, is_sync); !good) {
    return refused(message.id(), installed, good.error().message);
  }
  const bool is_new = session == nullptr;
  if (is_new) session = &make_slot(spec->id);
  session->sync_round = sync_round_;
  if (auto good = replace(*session, std::move(*spec)); !good) {
    if (is_new) free_slot(*session);
    return refused(message.id(), installed, good.error().text());
  }
  result.set_generation(session->spec.generation);
  return result;
}

// What can be said before anything is touched.
Result<void> Sessions::check(const SessionSpec& spec, const Session* existing) const {
  for (unsigned i = 0; i < spec.leg_count; ++i) {
    const IpAddress& ip = spec.legs[i].local.ip;
    if (ip == loop_address()) continue;
    if (std::find(local_addresses_.begin(), local_addresses_.end(), ip) == local_addresses_.end()) {
      return Error{
          "", "leg " + std::to_string(i) + ": " + ip.text() + " is no address of this gateway"};
    }
  }
  if (spec.leg_count == 2 && overlaps(spec.legs[0], spec.legs[1])) {
    return Error{"", "both legs have the local port " + spec.legs[0].local.text()};
  }
  const unsigned had = existing != nullptr ? existing->spec.leg_count : 0;
  const unsigned beyond = loop_legs(spec) > 0 ? kLoopLegs : std::min(loop_leg_count_, kLoopLegs);
  if (leg_count_ - had + spec.leg_count > max_legs_ + beyond) {
    return Error{"", "all " + std::to_string(max_legs_) + " legs are in use"};
  }
  const bool has_endpoint = existing != nullptr && existing->endpoint;
  if (spec.endpoint && !has_endpoint && endpoints_.size() >= kMaxEndpoints) {
    return Error{"", "all " + std::to_string(kMaxEndpoints) + " endpoints are in use"};
  }
  return {};
}

// Another session that has a port of this leg.
Session* Sessions::port_conflict(const SessionSpec& spec, unsigned index) {
  const LegSpec& leg = spec.legs[index];
  for (int step = -1; step <= 1; ++step) {
    SocketAddress at = leg.local;
    at.port = static_cast<std::uint16_t>(at.port + step);
    const auto found = by_port_.find(at);
    if (found == by_port_.end()) continue;
    Session* other = find(found->second.session);
    JUNCTOR_ASSERT(other != nullptr);
    if (other->spec.id != spec.id && overlaps(leg, other->spec.legs[found->second.leg]))
      return other;
  }
  return nullptr;
}

Result<void> Sessions::claim_ports(const SessionSpec& spec, bool is_sync) {
  for (unsigned i = 0; i < spec.leg_count; ++i) {
    while (Session* other = port_conflict(spec, i)) {
      if (!is_sync || other->sync_round == sync_round_) {
        return Error{"", "leg " + std::to_string(i) + ": " + spec.legs[i].local.text() +
                             " is taken by session " + other->spec.id};
      }
      end(*other);
    }
  }
  return {};
}

Session& Sessions::make_slot(const std::string& id) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
    versions_.push_back(0);
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = std::make_unique<Session>();
  Session& session = *slots_[slot];
  session.key = {slot, versions_[slot]++};
  session.spec.id = id;
  by_id_[id] = slot;
  return session;
}

void Sessions::free_slot(Session& session) {
  const std::uint32_t slot = session.key.slot;
  std::erase(endpoints_, session.key);
  by_id_.erase(session.spec.id);
  slots_[slot].reset();
  free_slots_.push_back(slot);
}

const Session* Sessions::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : slots_[found->second].get();
}

Session* Sessions::find(SessionKey key) {
  Session* session = key.slot < slots_.size() ? slots_[key.slot].get() : nullptr;
  return session != nullptr && session->key == key ? session : nullptr;
}

// From what is to what should be; a new session is one that had no legs. Either all of it succeeds
// or nothing stays.
Result<void> Sessions::replace(Session& session, SessionSpec spec) {
  const bool is_new = session.spec.leg_count == 0;
  const bool restart_timer =
      is_new || session.spec.timeout_s != spec.timeout_s || session.spec.on_hold != spec.on_hold;
  const bool same_legs = session.spec.leg_count == spec.leg_count &&
                         session.spec.legs == spec.legs &&
                         session.spec.endpoint.has_value() == spec.endpoint.has_value();
  if (same_legs) {
    session.spec = std::move(spec);
  } else {
    Before before;
    before.spec = std::exchange(session.spec, std::move(spec));
    before.legs = session.legs;
    for (unsigned i = 0; i < 2; ++i) {
      if (i < before.spec.leg_count) drop_user(session, i);
      before.keep[i] = i < std::min(before.spec.leg_count, session.spec.leg_count) &&
                       before.spec.legs[i].local == session.spec.legs[i].local;
    }
    for (unsigned i = 0; i < 2; ++i) prepare_leg(session, i, before);
    if (Result<void> installed = install_legs(session, before); !installed) {
      go_back(session, std::move(before));
      return installed;
    }
    go_on(session, before);
  }
  set_endpoint(session);
  if (restart_timer) start_timer(session);
  return {};
}

// Sets up the state of a leg for its new description. The destination is taken in addition to the
// old one.
void Sessions::prepare_leg(Session& session, unsigned index, const Before& before) {
  Leg& leg = session.legs[index];
  const LegSpec& spec = session.spec.legs[index];
  if (!before.keep[index]) {
    const bool is_scheduled = leg.rtcp.is_scheduled;
    leg = Leg{};
    leg.rtcp.is_scheduled = is_scheduled;
  } else if (spec.learn > before.spec.legs[index].learn) {
    leg.learned = {};
    leg.rtcp.source = {};
  }
  const SocketAddress target =
      index < session.spec.leg_count ? media_target(spec, leg.learned) : SocketAddress{};
  leg.destination = target ? next_hops_.acquire(target.ip, spec.local.ip) : kNoDestination;
}

Result<void> Sessions::install_legs(Session& session, const Before& before) {
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    Leg& leg = session.legs[i];
    const FlowTemplate flow = flow_of(session, i);
    if (before.keep[i]) {
      if (Result<void> updated = plane_.update(leg.flow, flow); !updated) return updated;
      continue;
    }
    Result<FlowId> installed = plane_.install(flow);
    if (!installed) return installed.error();
    leg.flow = *installed;
    leg.has_flow = true;
  }
  return {};
}

void Sessions::go_back(Session& session, Before before) {
  for (unsigned i = 0; i < 2; ++i) {
    const Leg& leg = session.legs[i];
    if (leg.has_flow && !before.keep[i]) plane_.remove(leg.flow);
    if (leg.destination != kNoDestination) next_hops_.release(leg.destination);
  }
  before.spec.id = session.spec.id;
  session.spec = std::move(before.spec);
  session.legs = before.legs;
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    add_user(session, i);
    if (before.keep[i]) mark_stale(session, i);
  }
}

void Sessions::go_on(Session& session, const Before& before) {
  for (unsigned i = 0; i < before.spec.leg_count; ++i) {
    const Leg& old = before.legs[i];
    if (old.destination != kNoDestination) next_hops_.release(old.destination);
    if (before.keep[i]) continue;
    if (old.rtcp.destination != kNoDestination) next_hops_.release(old.rtcp.destination);
    by_flow_.erase(old.flow);
    by_port_.erase(before.spec.legs[i].local);
    plane_.remove(old.flow);
  }
  leg_count_ = leg_count_ - before.spec.leg_count + session.spec.leg_count;
  loop_leg_count_ = loop_leg_count_ - loop_legs(before.spec) + loop_legs(session.spec);
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    by_port_[session.spec.legs[i].local] = {session.key, i};
    by_flow_[session.legs[i].flow] = {session.key, i};
    add_user(session, i);
    count_sent_anew(session, i, before);
    rtcp_.leg_changed(session, i);
  }
}

// What is sent on a leg is counted by the other leg's flow, from its beginning; a sender report
// counts from the beginning of the SSRC.
void Sessions::count_sent_anew(Session& session, unsigned index, const Before& before) {
  LegRtcp& rtcp = session.legs[index].rtcp;
  if (!before.keep[index]) return;
  if (!before.keep[1 - index]) {
    rtcp.sent_packets_before = rtcp.sent_octets_before = 0;
    rtcp.sent_reported = {};
  } else if (before.spec.legs[index].ssrc != session.spec.legs[index].ssrc) {
    const FlowStats across = plane_.read(session.legs[1 - index].flow);
    rtcp.sent_packets_before = across.packets_sent;
    rtcp.sent_octets_before = across.octets_sent;
  }
}

std::array<FlowStats, 2> Sessions::end_flows(Session& session) {
  std::array<FlowStats, 2> stats;
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    Leg& leg = session.legs[i];
    drop_user(session, i);
    if (leg.destination != kNoDestination) next_hops_.release(leg.destination);
    leg.destination = kNoDestination;
    by_flow_.erase(leg.flow);
    by_port_.erase(session.spec.legs[i].local);
    stats[i] = plane_.remove(leg.flow);
    leg.has_flow = false;
  }
  leg_count_ -= session.spec.leg_count;
  loop_leg_count_ -= loop_legs(session.spec);
  return stats;
}

api::SessionStatistics Sessions::end(Session& session) {
  std::array<FlowStats, 2> stats = end_flows(session);
  if (session.endpoint) stats[1] = session.endpoint->sent();
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    rtcp_.leg_ended(session, i, stats[i], stats[1 - i]);
  }
  api::SessionStatistics last = session_statistics(session, stats, plane_.now());
  free_slot(session);
  return last;
}

FlowTemplate Sessions::flow_of(const Session& session, unsigned index) const {
  const Leg& across = session.legs[1 - index];
  const SocketAddress target = media_target(session.spec.legs[1 - index], across.learned);
  std::optional<NextHop> hop;
  if (across.destination != kNoDestination) hop = next_hops_.get(across.destination);
  return make_flow(session.spec, index, target, hop);
}

void Sessions::add_user(Session& session, unsigned index) {
  Leg& leg = session.legs[index];
  if (leg.destination == kNoDestination) return;
  std::vector<FlowOwner>& users = users_[leg.destination];
  leg.user = static_cast<std::uint32_t>(users.size());
  users.push_back({session.key, index});
}

void Sessions::drop_user(Session& session, unsigned index) {
  const Leg& leg = session.legs[index];
  if (leg.destination == kNoDestination) return;
  const auto found = users_.find(leg.destination);
  JUNCTOR_ASSERT(found != users_.end() && leg.user < found->second.size());
  std::vector<FlowOwner>& users = found->second;
  users[leg.user] = users.back();
  users.pop_back();
  if (users.empty()) {
    users_.erase(found);
  } else if (leg.user < users.size()) {
    const FlowOwner moved = users[leg.user];
    find(moved.session)->legs[moved.leg].user = leg.user;
  }
}

api::SessionStatistics Sessions::statistics(const Session& session) const {
  std::array<FlowStats, 2> stats;
  for (unsigned i = 0; i < session.spec.leg_count; ++i)
    stats[i] = plane_.read(session.legs[i].flow);
  if (session.endpoint) stats[1] = session.endpoint->sent();
  return session_statistics(session, stats, plane_.now());
}

}  // namespace junctor::dp
