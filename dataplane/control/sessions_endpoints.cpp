// SPDX-License-Identifier: MIT
// Sessions whose far end is an endpoint of our own: its voice comes from the worker by way of
// on_voice(), and leaves as frames on the timer.
#include <algorithm>

#include "dataplane/control/frame.hpp"
#include "dataplane/control/sessions.hpp"
#include "platform/base/assert.hpp"

namespace junctor::dp {

// After the session was described, anew or again.
void Sessions::set_endpoint(Session& session) {
  const std::optional<EndpointSpec>& wanted = session.spec.endpoint;
  if (wanted && session.endpoint && session.endpoint->spec() == *wanted) return;
  std::erase(endpoints_, session.key);
  session.endpoint.reset();
  if (!wanted) return;
  const Nanoseconds now = plane_.now();
  session.endpoint = std::make_unique<Endpoint>(*wanted, now, rtcp_.wall_at(now));
  endpoints_.push_back(session.key);
}

void Sessions::on_voice(FlowId flow, Bytes packet) {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return;
  Session* session = find(found->second.session);
  JUNCTOR_ASSERT(session != nullptr);
  if (session->endpoint) session->endpoint->on_voice(session->spec.legs[0], packet);
}

void Sessions::run_endpoints() {
  for (const SessionKey& key : endpoints_) {
    Session& session = *find(key);
    session.endpoint->run(session.spec.legs[0], plane_.now(),
                          [&](Bytes packet) { return send_voice(session, packet); });
  }
}

// To the peer of the only leg.
bool Sessions::send_voice(const Session& session, Bytes packet) {
  const LegSpec& spec = session.spec.legs[0];
  const Leg& leg = session.legs[0];
  if (leg.destination == kNoDestination) return false;
  const std::optional<NextHop> hop = next_hops_.get(leg.destination);
  if (!hop) return false;
  const Datagram datagram{spec.local, media_target(spec, leg.learned), spec.dscp, packet};
  constexpr std::size_t kMost = kMaxFrameHeaders + 12 + Endpoint::kFrameSamples;
  std::array<std::uint8_t, kMost> frame;
  const std::size_t size = build_frame(*hop, datagram, frame);
  return plane_.transmit(hop->port, hop->vlan, Bytes(frame).first(size));
}

}  // namespace junctor::dp
