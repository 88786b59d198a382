// SPDX-License-Identifier: MIT
// What the tests of dataplane/control share: messages of sessions, next hops given by hand, a whole
// Sessions on fakes.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/control/fake_plane.hpp"
#include "dataplane/control/sessions.hpp"

namespace junctor::dp {

inline SocketAddress at(const std::string& text) { return *SocketAddress::parse(text); }
inline IpAddress ip(const std::string& text) { return *IpAddress::parse(text); }

inline api::PayloadType payload_type(unsigned number, const std::string& encoding,
                                     unsigned rate = 8000) {
  api::PayloadType out;
  out.set_number(number);
  out.set_encoding(encoding);
  out.set_clock_rate(rate);
  return out;
}

// A leg of PCMU and telephone-event that sends and receives.
inline api::Leg leg_message(const std::string& local, const std::string& remote,
                            unsigned event_type = 101) {
  api::Leg leg;
  *leg.mutable_local() = to_message(at(local));
  if (!remote.empty()) *leg.mutable_remote() = to_message(at(remote));
  leg.set_receive(true);
  leg.set_send(true);
  *leg.add_payload_types() = payload_type(0, "PCMU");
  *leg.add_payload_types() = payload_type(event_type, "telephone-event");
  leg.set_dscp(46);
  leg.set_ssrc(0x1000 + static_cast<std::uint32_t>(at(local).port));
  leg.set_cname("gw");
  leg.set_source(api::LEARN);
  return leg;
}

// Legs at 192.0.2.1:<port> towards 10.0.0.1:4000, and at 198.51.100.1:<port> towards 10.0.1.1:5000.
inline api::Session session_message(const std::string& id, unsigned port = 20000,
                                    std::uint64_t generation = 1) {
  api::Session session;
  session.set_id(id);
  session.set_generation(generation);
  *session.add_legs() = leg_message("192.0.2.1:" + std::to_string(port), "10.0.0.1:4000");
  *session.add_legs() = leg_message("198.51.100.1:" + std::to_string(port), "10.0.1.1:5000", 96);
  session.set_timeout_s(60);
  return session;
}

class FakeNextHops final : public NextHops {
 public:
  struct Entry {
    std::pair<IpAddress, IpAddress> key;
    unsigned users = 0;
  };
  std::map<DestinationId, Entry> entries;
  std::map<IpAddress, NextHop> hops;  // by destination
  std::function<void(DestinationId)> on_change;

  DestinationId acquire(const IpAddress& to, const IpAddress& from) override {
    for (auto& [id, entry] : entries) {
      if (entry.key == std::pair(to, from)) {
        ++entry.users;
        return id;
      }
    }
    const DestinationId id{++last_};
    entries[id] = {{to, from}, 1};
    return id;
  }
  void release(DestinationId id) override {
    if (--entries.at(id).users == 0) entries.erase(id);
  }
  std::optional<NextHop> get(DestinationId id) const override {
    const auto found = hops.find(entries.at(id).key.first);
    return found == hops.end() ? std::nullopt : std::optional(found->second);
  }
  void set_on_change(std::function<void(DestinationId)> f) override { on_change = std::move(f); }

  // Resolves an address, and says so.
  void resolve(const std::string& to, std::uint8_t mac, std::uint16_t vlan = 0) {
    hops[ip(to)] = NextHop{PortId{1}, vlan, {2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, mac}};
    std::vector<DestinationId> changed;
    for (const auto& [id, entry] : entries) {
      if (entry.key.first == ip(to)) changed.push_back(id);
    }
    for (const DestinationId id : changed) {
      if (on_change) on_change(id);
    }
  }

 private:
  std::uint32_t last_ = 0;
};

// Sessions and RTCP on a fake plane, with two local addresses and resolved next hops.
struct Rig {
  explicit Rig(unsigned max_legs = 100)
      : sessions(
            plane, hops, rtcp, max_legs,
            {[this](const std::string& id, unsigned leg, const SocketAddress& source) {
               events.push_back(id + " leg " + std::to_string(leg) + " learned " + source.text());
             },
             [this](const std::string& id, std::uint32_t silent_s) {
               events.push_back(id + " silent for " + std::to_string(silent_s));
             }}) {
    sessions.set_local_addresses({ip("192.0.2.1"), ip("198.51.100.1"), ip("2001:db8::1")});
    hops.resolve("10.0.0.1", 0xa);
    hops.resolve("10.0.1.1", 0xb);
  }
  // Time goes by in steps of 10 ms, as the service's tick does.
  void pass(Nanoseconds time) {
    for (Nanoseconds step{0}; step < time; step += Milliseconds{10}) {
      clock.advance(Milliseconds{10});
      sessions.run();
    }
  }
  void learn(const std::string& local, const std::string& source) {
    plane.learn(local, at(source));
    plane.poll_events(10, [this](const FlowEvent& event) { sessions.on_flow_event(event); });
  }

  FakeClock clock;
  FakePlane plane{clock};
  FakeNextHops hops;
  RtcpEngine rtcp{plane, hops, clock, 1};
  std::vector<std::string> events;
  Sessions sessions;
};

}  // namespace junctor::dp
