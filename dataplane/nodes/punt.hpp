// SPDX-License-Identifier: MIT
// punt: what the control thread gets to see: RTCP of flows, and all that is for the kernel, within
// limits.
//
//   rtp_classify, rtp_relay --> [punt] --> policer --> ring --> control thread
//
// Limits, each a token bucket of this worker:
//   RTCP            a flow and source 50/s; together 40,000/s
//   voice           whose far end is the control thread: a flow 200/s; together 2,000/s
//   trusted peers   40,000/s
//   signalling from strangers   a source stranger_packets_per_second; together 100 times as much
//   anything else   a source 2,000/s; together 20,000/s
// So a flood fills its own bucket, and neither the ring nor the peers' share.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/core/burst.hpp"
#include "dataplane/core/node.hpp"
#include "dataplane/nodes/token_bucket.hpp"

namespace junctor::dp {

class Punt final : public Node {
 public:
  enum Counter : unsigned {
    kRtcpLimit,
    kVoiceLimit,
    kTrustedLimit,
    kStrangerLimit,
    kStrangersLimit,
    kOtherLimit,
    kOthersLimit,
    kRingFull,
    kRtcp,
    kVoice,
    kToKernel,
    kCounterCount
  };
  static constexpr std::array<CounterDesc, kCounterCount> kCounters{{
      {"rtcp_limit", Severity::Warning, "RTCP over the limit"},
      {"voice_limit", Severity::Warning, "voice of a test call over the limit"},
      {"trusted_limit", Severity::Error, "packet of a trunk's peer over the limit of all peers"},
      {"stranger_limit", Severity::Warning, "signalling of a stranger over its limit"},
      {"strangers_limit", Severity::Warning, "signalling over the limit of all strangers"},
      {"other_limit", Severity::Warning, "other packet over the limit of its source"},
      {"others_limit", Severity::Warning, "other packet over the limit of all sources"},
      {"ring_full", Severity::Error, "packet for the control thread, which does not keep up"},
      {"rtcp", Severity::Info, "RTCP handed to the control thread"},
      {"voice", Severity::Info, "voice of a test call handed to the control thread"},
      {"to_kernel", Severity::Info, "packet handed to the kernel"},
  }};

  const NodeDesc& desc() const noexcept override;
  void process(Context& ctx, Burst& burst) noexcept override;

 private:
  // Whether the packet may pass; else the counter that says why not.
  bool admit(Context& ctx, const std::uint8_t* frame, const PacketState& state, Counter& refused);
  bool admit_source(std::uint32_t source, std::uint32_t per_second, TokenBucket& all,
                    std::uint32_t all_per_second, std::uint64_t now_ns);

  SourceBuckets sources_;
  TokenBucket rtcp_, voice_, trusted_, strangers_, others_;
  bool source_refused_ = false;
};

}  // namespace junctor::dp
