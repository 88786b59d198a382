// SPDX-License-Identifier: MIT
// rtp_relay: checks that a packet is RTP from the flow's source, counts it (RFC 3550, appendix A),
// and turns it into what the other leg's peer is sent.
//
//   rtp_classify --> [rtp_relay] --> transmit
//                              `--> punt        voice whose far end is the control thread
//
// The source is learned once, then locked: the signalled address at once and for good, another after
// kProbation packets and until the signalled one speaks. What is sent has one SSRC and goes on in
// sequence number and timestamp whatever the source does; until the source changes its SSRC both are
// passed on as received, so that a dataplane that was started again goes on seamlessly.
#pragma once

#include <array>

#include "dataplane/core/node.hpp"
#include "dataplane/core/plane.hpp"

namespace junctor::dp {

class RtpRelay final : public Node {
 public:
  static constexpr unsigned kProbation = 5;

  // The first ones are FlowDrop.
  enum Counter : unsigned {
    kNoHeadroom = static_cast<unsigned>(FlowDrop::kCount),
    kLearned,
    kLearnedOther,
    kSsrcChanged,
    kEventLost,
    kCounterCount
  };

  enum Output : unsigned { kTransmit, kPunt };
  static constexpr std::array<std::string_view, 2> kOutputs{"transmit", "punt"};
  static constexpr std::array<CounterDesc, kCounterCount> kCounters{{
      {"wrong_source", Severity::Warning, "voice from another source than the call's"},
      {"not_rtp", Severity::Warning, "packet to a call's voice port that is no RTP"},
      {"payload_type", Severity::Warning, "payload type that the call did not negotiate"},
      {"not_receiving", Severity::Info, "voice of a call on hold"},
      {"no_peer", Severity::Info, "voice before the other leg's address was known"},
      {"no_next_hop", Severity::Warning, "voice to a peer without a route or a MAC address"},
      {"no_headroom", Severity::Error, "buffer without room for the new headers"},
      {"learned", Severity::Info, "source locked, as signalled"},
      {"learned_other", Severity::Info, "source locked, not as signalled (NAT)"},
      {"ssrc_changed", Severity::Info, "new SSRC from the same source"},
      {"event_lost", Severity::Error, "learned source not told, queue full"},
  }};

  const NodeDesc& desc() const noexcept override;
  void process(Context& ctx, Burst& burst) noexcept override;
};

}  // namespace junctor::dp
