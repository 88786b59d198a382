// SPDX-License-Identifier: MIT
// Sessions, as they are installed: next hops that change, sources that are learned, time-outs.
#include <algorithm>
#include <utility>

#include "dataplane/control/leg_statistics.hpp"
#include "dataplane/control/sessions.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp {

// The flow of that leg is to be described to the plane again, soon.
void Sessions::mark_stale(Session& session, unsigned index) {
  if (index >= session.spec.leg_count || session.is_stale[index]) return;
  session.is_stale[index] = true;
  stale_.push_back({session.key, index});
}

void Sessions::flush_stale() {
  std::size_t taken = 0;
  std::vector<FlowOwner> again;
  for (; taken < stale_.size() && taken < kUpdatesPerRun; ++taken) {
    const FlowOwner& owner = stale_[taken];
    Session* session = find(owner.session);
    if (session == nullptr) continue;
    session->is_stale[owner.leg] = false;
    if (owner.leg >= session->spec.leg_count) continue;
    const FlowTemplate flow = flow_of(*session, owner.leg);
    if (plane_.update(session->legs[owner.leg].flow, flow)) continue;
    session->is_stale[owner.leg] = true;
    again.push_back(owner);
  }
  stale_.erase(stale_.begin(), stale_.begin() + static_cast<std::ptrdiff_t>(taken));
  stale_.insert(stale_.end(), again.begin(), again.end());
}

// Whatever goes to the peer of these legs is received on the other leg's flow.
void Sessions::on_next_hop(DestinationId id) {
  const auto found = users_.find(id);
  if (found == users_.end()) return;
  for (const FlowOwner& user : found->second) {
    if (Session* session = find(user.session)) mark_stale(*session, 1 - user.leg);
  }
  flush_stale();
}

void Sessions::set_destination(Session& session, unsigned index) {
  Leg& leg = session.legs[index];
  const LegSpec& spec = session.spec.legs[index];
  const SocketAddress target = media_target(spec, leg.learned);
  const DestinationId before = leg.destination;
  drop_user(session, index);
  leg.destination = target ? next_hops_.acquire(target.ip, spec.local.ip) : kNoDestination;
  add_user(session, index);
  if (before != kNoDestination) next_hops_.release(before);
}

void Sessions::on_flow_event(const FlowEvent& event) {
  const auto found = by_flow_.find(event.flow);
  if (found == by_flow_.end()) return;
  Session* session = find(found->second.session);
  JUNCTOR_ASSERT(session != nullptr);
  const unsigned index = found->second.leg;
  // The event may be of an earlier flow with this number, or from before a new offer.
  if (plane_.read(event.flow).source != event.source) return;
  Leg& leg = session->legs[index];
  if (leg.learned == event.source) return;
  const SocketAddress before = media_target(session->spec.legs[index], leg.learned);
  leg.learned = event.source;
  if (media_target(session->spec.legs[index], leg.learned) != before) {
    set_destination(*session, index);
    mark_stale(*session, 1 - index);
    flush_stale();
  }
  rtcp_.leg_changed(*session, index);
  events_.on_source_learned(session->spec.id, index, event.source);
}

void Sessions::on_rtcp(FlowId flow, const SocketAddress& source, Bytes payload) {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return;
  Session* session = find(found->second.session);
  JUNCTOR_ASSERT(session != nullptr);
  rtcp_.on_packet(*session, found->second.leg, source, payload);
}

void Sessions::run() {
  constexpr std::size_t kTimersPerRun = 1024;
  run_endpoints();
  timers_.run(plane_.now(), kTimersPerRun, [this](const Timer& timer) { on_timer(timer); });
  rtcp_.run([this](SessionKey key) { return find(key); });
  flush_stale();
}

void Sessions::start_timer(Session& session) {
  session.quiet_since = plane_.now();
  session.is_timed_out = false;
  ++session.timer_version;
  if (session.spec.timeout_s == 0) return;
  timers_.add(session.quiet_since + Seconds{session.spec.timeout_s},
              {session.key, session.timer_version});
}

Nanoseconds Sessions::silent_since(const Session& session) const {
  Nanoseconds last = session.quiet_since;
  for (unsigned i = 0; i < session.spec.leg_count; ++i) {
    last = std::max(last, plane_.read(session.legs[i].flow).last_received);
  }
  return last;
}

void Sessions::on_timer(const Timer& timer) {
  Session* session = find(timer.session);
  if (session == nullptr || session->timer_version != timer.version) return;
  const Nanoseconds timeout = Seconds{session->spec.timeout_s};
  const Nanoseconds now = plane_.now();
  const Nanoseconds since = silent_since(*session);
  session->is_timed_out = now - since >= timeout;
  // Told again and again while it is true: control may have been away.
  timers_.add(session->is_timed_out ? now + timeout : since + timeout, timer);
  if (!session->is_timed_out) return;
  const auto silent_s = std::chrono::duration_cast<Seconds>(now - since).count();
  events_.on_timeout(session->spec.id, static_cast<std::uint32_t>(silent_s));
}

std::optional<std::uint32_t> Sessions::timed_out_for(const Session& session) const {
  if (!session.is_timed_out) return std::nullopt;
  const auto silent_s =
      std::chrono::duration_cast<Seconds>(plane_.now() - silent_since(session)).count();
  if (silent_s < session.spec.timeout_s) return std::nullopt;
  return static_cast<std::uint32_t>(silent_s);
}

api::LegTotals Sessions::totals() const {
  api::LegTotals sum;
  for_each([&](const Session& session) {
    for (unsigned i = 0; i < session.spec.leg_count; ++i)
      add_leg(plane_.read(session.legs[i].flow), sum);
  });
  return sum;
}

}  // namespace junctor::dp
