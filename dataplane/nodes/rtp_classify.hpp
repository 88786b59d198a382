// SPDX-License-Identifier: MIT
// rtp_classify: finds the flow of each packet by its local address and UDP port; what is no voice
// goes to the kernel.
//
//   receive --> [rtp_classify] --> rtp_relay   voice of a flow of this worker
//                              --> punt        RTCP of a flow; all that the kernel should see
//                              --> handover    voice or RTCP of a flow of another worker
//
// Two passes over the burst: headers first, then the port table, so that the memory both need is on
// its way.
#pragma once

#include <array>

#include "dataplane/core/node.hpp"

namespace junctor::dp {

class RtpClassify final : public Node {
 public:
  enum Output : unsigned { kRelay, kPunt, kHandover };
  enum Drop : unsigned {
    kTruncated,
    kOtherMac,
    kBadIp,
    kBadUdp,
    kNoFlow,
    kMediaFragment,
    kStun,
    kDtls,
    kLoopback,
    kDropCount
  };

  static constexpr std::array<std::string_view, 3> kOutputs{"rtp_relay", "punt", "handover"};
  static constexpr std::array<CounterDesc, kDropCount> kCounters{{
      {"truncated", Severity::Warning, "frame shorter than its Ethernet header"},
      {"other_mac", Severity::Info, "unicast frame for another station"},
      {"bad_ip", Severity::Warning, "IP header that contradicts itself or the frame"},
      {"bad_udp", Severity::Warning, "UDP length that does not fit the IP packet"},
      {"no_flow", Severity::Warning, "packet to a voice port that belongs to no call"},
      {"media_fragment", Severity::Warning, "fragment of a packet to a voice port"},
      {"stun", Severity::Info, "STUN to a voice port"},
      {"dtls", Severity::Info, "DTLS to a voice port"},
      {"loopback", Severity::Warning, "packet to 127.0.0.0/8 from outside"},
  }};

  const NodeDesc& desc() const noexcept override;
  void process(Context& ctx, Burst& burst) noexcept override;
};

}  // namespace junctor::dp
