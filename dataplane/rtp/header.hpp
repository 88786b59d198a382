// SPDX-License-Identifier: MIT
// RTP header (RFC 3550, section 5.1), read in place.
//
//   0                   1                   2                   3
//   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//   |                           timestamp                           |
//   |                             SSRC                              |
//   | CSRC ...                      | extension, if X ...           |
//
// Threads   pure functions.
// Errors    a packet that is no RTP is a verdict.
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/base/bytes.hpp"

namespace junctor::dp {

inline constexpr std::size_t kRtpHeaderBytes = 12;

// What is at an RTP port (RFC 5761, section 4; RFC 7983): told by the first two octets.
enum class RtpKind : std::uint8_t { Rtp, Rtcp, Other };

constexpr RtpKind rtp_kind(Bytes packet) {
  if (packet.size() < 2 || (packet[0] >> 6) != 2) return RtpKind::Other;
  return packet[1] >= 192 && packet[1] <= 223 ? RtpKind::Rtcp : RtpKind::Rtp;
}

enum class RtpVerdict : std::uint8_t { Good, TooShort, BadVersion, BadExtension, BadPadding };

struct RtpHeader {
  bool marker = false;
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  Bytes payload;  // without padding
};

// Reads a packet; out is whole only with Good.
constexpr RtpVerdict parse_rtp(Bytes packet, RtpHeader& out) {
  if (packet.size() < kRtpHeaderBytes) return RtpVerdict::TooShort;
  const std::uint8_t* p = packet.data();
  if (p[0] >> 6 != 2) return RtpVerdict::BadVersion;
  std::size_t header = kRtpHeaderBytes + std::size_t{4} * (p[0] & 0x0f);
  if ((p[0] & 0x10) != 0) {
    if (packet.size() < header + 4) return RtpVerdict::BadExtension;
    header += 4 + std::size_t{4} * load_be16(p + header + 2);
  }
  if (packet.size() < header) {
    return (p[0] & 0x10) != 0 ? RtpVerdict::BadExtension : RtpVerdict::TooShort;
  }
  std::size_t padding = 0;
  if ((p[0] & 0x20) != 0) {
    padding = p[packet.size() - 1];
    if (padding == 0 || padding > packet.size() - header) return RtpVerdict::BadPadding;
  }
  out.marker = (p[1] & 0x80) != 0;
  out.payload_type = p[1] & 0x7f;
  out.sequence = load_be16(p + 2);
  out.timestamp = load_be32(p + 4);
  out.ssrc = load_be32(p + 8);
  out.payload = packet.subspan(header, packet.size() - header - padding);
  return RtpVerdict::Good;
}

}  // namespace junctor::dp
