// SPDX-License-Identifier: MIT
// Endpoint: the dataplane as the far end of a leg, for a test call: speaks G.711 in frames of 20 ms,
// and listens.
//
//   peer --> worker --> RTP packets --> [on_voice] --> Listener: level, tone, silence
//                                           `--> echo: what was heard is what is said
//   peer <-- frames <-- [run] <-- Generator, or what is echoed
//
// A frame is due every 20 ms; those that a late timer owes are sent at once, up to kMaxCatchUp, and
// older ones are left out: the timestamp goes on, the sequence number does not, and the next frame has
// the marker (RFC 3551, section 4.1). Both begin at what the wall clock says, so that an endpoint that
// is installed again goes on ahead of where it was.
//
// Threads   the loop's. What it is told of the leg is that of the session, which may change.
// Errors    the peer is untrusted: what is no G.711 of the leg is not heard.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dataplane/control/session_spec.hpp"
#include "dataplane/core/plane.hpp"
#include "dataplane/tone/generator.hpp"
#include "dataplane/tone/listener.hpp"

namespace junctor::dp {

class Endpoint {
 public:
  static constexpr Nanoseconds kFrame = Milliseconds{20};
  static constexpr unsigned kFrameSamples = 160;
  static constexpr unsigned kMaxCatchUp = 5;
  // Of what is echoed: so much is gathered before it is sent, and no more is kept.
  static constexpr std::size_t kEchoAhead = std::size_t{3} * kFrameSamples;
  static constexpr std::size_t kEchoMost = std::size_t{10} * kFrameSamples;

  // Of what is heard: twice what a peer can say, or a second at once. More is not judged.
  static constexpr std::size_t kHeardMost = kVoiceRate;
  static constexpr std::size_t kHeardPerFrame = std::size_t{2} * kFrameSamples;

  // Takes an RTP packet; false: it could not leave.
  using Send = std::function<bool(Bytes packet)>;

  Endpoint(const EndpointSpec& spec, Nanoseconds now, Nanoseconds wall);

  const EndpointSpec& spec() const { return spec_; }
  void on_voice(const LegSpec& leg, Bytes packet);
  // Sends what is due.
  void run(const LegSpec& leg, Nanoseconds now, const Send& send);

  Listener::Heard heard() const { return listener_.heard(); }
  // As a flow's: packets, octets and the last timestamp that were sent.
  const FlowStats& sent() const { return sent_; }

 private:
  void say(const LegSpec& leg, Nanoseconds now, const Send& send);
  void make_frame(Law law, std::span<std::uint8_t> payload);
  void take_echo(std::span<std::int16_t> samples);

  const EndpointSpec spec_;
  Generator generator_;
  Listener listener_;
  std::vector<std::int16_t> echo_;
  bool is_gathering_ = true;       // the echo waits for more
  std::size_t room_ = kHeardMost;  // samples that may come now
  Nanoseconds due_;
  std::uint16_t sequence_;
  std::uint32_t timestamp_;
  bool is_talking_ = false;  // the frame before was sent
  FlowStats sent_;
};

}  // namespace junctor::dp
