// SPDX-License-Identifier: MIT
// RTCP: reading compound packets of peers, and writing ours (RFC 3550, section 6).
//
//   UDP payload --> [parse_rtcp] --> RtcpCompound (reports that matter here) or a verdict
//   RtcpSend    --> [build_rtcp] --> UDP payload: SR or RR, SDES CNAME, BYE at the end
//
// Threads   pure functions.
// Errors    the sender is untrusted: whatever is wrong with a packet is a verdict, and nothing of
//           it is used. Packet types that mean nothing here (APP, XR, feedback) are counted and
//           stepped over, as section 6.4 asks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/base/bytes.hpp"

namespace junctor::dp {

// What is wrong with a compound packet (RFC 3550, section A.2).
enum class RtcpVerdict : std::uint8_t {
  Good,
  TooShort,     // less than one RTCP header with its SSRC
  BadVersion,   // a packet of it is not of version 2
  NotCompound,  // does not begin with SR or RR
  BadLength,    // the lengths do not add up
  BadPadding,   // padding before the last packet, or longer than it
  BadReport,    // a report is shorter than its count says
  BadSdes,      // a chunk of SDES runs over its end
};
inline constexpr std::size_t kRtcpVerdicts = 8;

// One reception report block (section 6.4.1).
struct ReportBlock {
  std::uint32_t ssrc = 0;  // of the source that is reported on
  std::uint8_t fraction_lost = 0;
  std::int32_t cumulative_lost = 0;  // 24 bits, signed
  std::uint32_t highest_sequence = 0;
  std::uint32_t jitter = 0;
  std::uint32_t lsr = 0;
  std::uint32_t dlsr = 0;
};

struct SenderInfo {
  std::uint64_t ntp = 0;
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;
};

// RFC 3611, section 4.7, as far as it is shown.
struct VoipMetrics {
  std::uint32_t ssrc = 0;
  std::uint8_t loss_rate = 0;
  std::uint8_t discard_rate = 0;
  std::uint8_t r_factor = 127;  // 127: not available
  std::uint8_t mos_lq_x10 = 127;
};

struct RtcpCompound {
  static constexpr std::size_t kMaxBlocks = 31;

  std::uint32_t ssrc = 0;  // of the sender of the packet
  std::optional<SenderInfo> sender;
  std::array<ReportBlock, kMaxBlocks> blocks;
  std::size_t block_count = 0;
  std::string_view cname;  // within the packet; empty if none
  std::optional<VoipMetrics> voip;
  bool bye = false;
  unsigned ignored = 0;  // packets of types that are stepped over

  // The block about a source of ours.
  const ReportBlock* block_about(std::uint32_t own_ssrc) const;
};

// Reads a UDP payload; out is whole only with Good.
RtcpVerdict parse_rtcp(Bytes packet, RtcpCompound& out);

// What is said in one compound packet.
struct RtcpSend {
  std::uint32_t ssrc = 0;
  std::optional<SenderInfo> sender;  // SR with it, RR without
  std::optional<ReportBlock> block;
  std::string_view cname;  // at most 255 octets are sent
  bool bye = false;
};

inline constexpr std::size_t kMaxRtcpBytes = 28 + 24 + 8 + 2 + 255 + 4 + 8;

// Writes it; returns its length, 0 if out is too small.
std::size_t build_rtcp(const RtcpSend& what, MutableBytes out);

// Packets expected and lost of one source, and the share lost since the last report (RFC 3550,
// section A.3).
class LossInterval {
 public:
  // With the totals of now; returns the fraction of 256 lost since the last call.
  std::uint8_t fraction_lost(std::uint64_t expected, std::uint64_t received);

 private:
  std::uint64_t expected_prior_ = 0;
  std::uint64_t received_prior_ = 0;
};

// The cumulative loss as a report carries it: 24 bits, signed, clamped.
std::int32_t cumulative_lost(std::uint64_t expected, std::uint64_t received);

}  // namespace junctor::dp
