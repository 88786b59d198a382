// SPDX-License-Identifier: MIT
#include "dataplane/rtp/header.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace junctor::dp {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets packet(std::uint8_t first, const Octets& after = {}) {
  const Octets header{first, 0x80, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef};
  Octets out(header.size() + after.size());
  std::copy(after.begin(), after.end(), std::copy(header.begin(), header.end(), out.begin()));
  return out;
}

TEST(RtpHeader, ReadsEachPacket) {
  struct Row {
    const char* sentence;
    Octets packet;
    RtpVerdict verdict;
    std::size_t payload;
  };
  const Row rows[] = {
      {"a header alone is a packet without payload", packet(0x80), RtpVerdict::Good, 0},
      {"payload follows the header", packet(0x80, Octets(160, 0xff)), RtpVerdict::Good, 160},
      {"two CSRCs are stepped over", packet(0x82, Octets(8 + 20)), RtpVerdict::Good, 20},
      {"CSRCs must be there", packet(0x82, Octets(4)), RtpVerdict::TooShort, 0},
      {"an extension is stepped over", packet(0x90, {0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9}),
       RtpVerdict::Good, 1},
      {"an extension must be there", packet(0x90, {0xbe, 0xde, 0, 2, 1, 2, 3, 4}),
       RtpVerdict::BadExtension, 0},
      {"an extension needs its own header", packet(0x90, {0xbe, 0xde}), RtpVerdict::BadExtension,
       0},
      {"padding is taken off", packet(0xa0, {7, 7, 0, 2}), RtpVerdict::Good, 2},
      {"padding of nothing is none", packet(0xa0, {7, 7, 0, 0}), RtpVerdict::BadPadding, 0},
      {"padding is no longer than the payload", packet(0xa0, {7, 7, 0, 5}), RtpVerdict::BadPadding,
       0},
      {"version 1 is not RTP", packet(0x40), RtpVerdict::BadVersion, 0},
      {"eleven octets are too few", Octets(11, 0x80), RtpVerdict::TooShort, 0},
      {"nothing is too little", {}, RtpVerdict::TooShort, 0},
  };
  for (const Row& row : rows) {
    RtpHeader header;
    EXPECT_EQ(parse_rtp(row.packet, header), row.verdict) << row.sentence;
    if (row.verdict != RtpVerdict::Good) continue;
    EXPECT_EQ(header.payload.size(), row.payload) << row.sentence;
    EXPECT_TRUE(header.marker) << row.sentence;
    EXPECT_EQ(header.sequence, 0x1234) << row.sentence;
    EXPECT_EQ(header.timestamp, 160U) << row.sentence;
    EXPECT_EQ(header.ssrc, 0xdeadbeefU) << row.sentence;
  }
}

TEST(RtpHeader, TellsRtcpFromRtpOnOnePort) {
  struct Row {
    const char* sentence;
    Octets packet;
    RtpKind kind;
  };
  const Row rows[] = {
      {"payload type 0 is RTP", {0x80, 0x00}, RtpKind::Rtp},
      {"payload type 127 with marker is RTP", {0x80, 0xff}, RtpKind::Rtp},
      {"a sender report is RTCP", {0x80, 200}, RtpKind::Rtcp},
      {"feedback is RTCP", {0x81, 206}, RtpKind::Rtcp},
      {"STUN is neither", {0x00, 0x01}, RtpKind::Other},
      {"DTLS is neither", {22, 254}, RtpKind::Other},
      {"one octet is neither", {0x80}, RtpKind::Other},
  };
  for (const Row& row : rows) EXPECT_EQ(rtp_kind(row.packet), row.kind) << row.sentence;
}

}  // namespace
}  // namespace junctor::dp
