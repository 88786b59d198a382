// SPDX-License-Identifier: MIT
#include "dataplane/rtp/rtcp.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace junctor::dp {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets join(std::initializer_list<Octets> parts) {
  Octets out;
  for (const Octets& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// A packet with a right length field.
Octets rtcp(unsigned count, std::uint8_t type, const Octets& body) {
  const auto words = static_cast<std::uint8_t>(body.size() / 4);
  return join({{static_cast<std::uint8_t>(0x80 | count), type, 0, words}, body});
}

const Octets kSsrc{1, 2, 3, 4};
const Octets kBlock{9,    9,    9,    9,                     // about
                    64,   0xff, 0xff, 0xfe,                  // a quarter lost; minus two altogether
                    0,    1,    0x10, 0,    0, 0, 0,    80,  // highest, jitter
                    0xaa, 0xbb, 0xcc, 0xdd, 0, 0, 0x80, 0};
const Octets kSender{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5};
const Octets kRr = rtcp(1, 201, join({kSsrc, kBlock}));
const Octets kSr = rtcp(1, 200, join({kSsrc, kSender, kBlock}));
const Octets kSdes = rtcp(1, 202, join({kSsrc, {1, 3, 'a', '@', 'b', 0, 0, 0}}));
const Octets kBye = rtcp(1, 203, kSsrc);
const Octets kApp = rtcp(0, 204, join({kSsrc, {'n', 'a', 'm', 'e'}}));

Octets with(Octets packet, std::size_t at, std::uint8_t value) {
  packet.at(at) = value;
  return packet;
}

TEST(Rtcp, JudgesEachPacket) {
  struct Row {
    const char* sentence;
    Octets packet;
    RtcpVerdict verdict;
  };
  const Octets empty_rr = rtcp(0, 201, kSsrc);
  const Row rows[] = {
      {"an empty receiver report", empty_rr, RtcpVerdict::Good},
      {"a sender report, SDES and BYE", join({kSr, kSdes, kBye}), RtcpVerdict::Good},
      {"two reports", join({kRr, kRr, kSdes}), RtcpVerdict::Good},
      {"APP, feedback and unknown types are stepped over",
       join({kRr, kApp, rtcp(1, 205, join({kSsrc, kSsrc})), rtcp(0, 222, {})}), RtcpVerdict::Good},
      {"a profile's extension after the blocks", rtcp(0, 201, join({kSsrc, kSsrc, kSsrc})),
       RtcpVerdict::Good},
      {"BYE without a source", join({kRr, rtcp(0, 203, {})}), RtcpVerdict::Good},
      {"padding in the last packet",
       join({kRr, with(rtcp(1, 203, join({kSsrc, {0, 0, 0, 4}})), 0, 0xa1)}), RtcpVerdict::Good},
      {"SDES without chunks", join({kRr, rtcp(0, 202, {})}), RtcpVerdict::Good},
      {"nothing", {}, RtcpVerdict::TooShort},
      {"a header without a source", {0x80, 201, 0, 0}, RtcpVerdict::TooShort},
      {"SDES first", join({kSdes, kRr}), RtcpVerdict::NotCompound},
      {"BYE alone", join({kBye, kBye}), RtcpVerdict::NotCompound},
      {"version 1", with(kRr, 0, 0x41), RtcpVerdict::BadVersion},
      {"version 0 further on", join({kRr, with(kSdes, 0, 0x01)}), RtcpVerdict::BadVersion},
      {"a length beyond the end", with(kRr, 3, 8), RtcpVerdict::BadLength},
      {"a length that leaves three octets", join({kRr, {0x80, 203, 0}}), RtcpVerdict::BadLength},
      {"a length of the most", with(with(kRr, 2, 0xff), 3, 0xff), RtcpVerdict::BadLength},
      {"two blocks announced, one there", with(kRr, 0, 0x82), RtcpVerdict::BadReport},
      {"31 blocks announced, none there", with(empty_rr, 0, 0x9f), RtcpVerdict::BadReport},
      {"a sender report without sender", rtcp(0, 200, kSsrc), RtcpVerdict::BadReport},
      {"padding before the last", join({with(kRr, 0, 0xa1), kSdes}), RtcpVerdict::BadPadding},
      {"padding longer than the packet", join({kRr, with(with(kBye, 0, 0xa1), 7, 200)}),
       RtcpVerdict::BadPadding},
      {"an SDES item over its end", join({kRr, with(kSdes, 9, 200)}), RtcpVerdict::BadSdes},
      {"an SDES chunk that is not there", join({kRr, with(kSdes, 0, 0x82)}), RtcpVerdict::BadSdes},
      {"an SDES chunk without end", join({kRr, rtcp(1, 202, join({kSsrc, {1, 2, 'a', 'b'}}))}),
       RtcpVerdict::BadSdes},
  };
  for (const Row& row : rows) {
    RtcpCompound compound;
    EXPECT_EQ(parse_rtcp(row.packet, compound), row.verdict) << row.sentence;
  }
}

TEST(Rtcp, ReadsWhatReportsSay) {
  RtcpCompound compound;
  const Octets packet = join({kSr, kSdes, kBye});
  ASSERT_EQ(parse_rtcp(packet, compound), RtcpVerdict::Good);
  EXPECT_EQ(compound.ssrc, 0x01020304U);
  ASSERT_TRUE(compound.sender);
  EXPECT_EQ(compound.sender->ntp, 0x0000'0001'0000'0002U);
  EXPECT_EQ(compound.sender->rtp_timestamp, 3U);
  EXPECT_EQ(compound.sender->packets, 4U);
  EXPECT_EQ(compound.sender->octets, 5U);
  EXPECT_EQ(compound.cname, "a@b");
  EXPECT_TRUE(compound.bye);
  EXPECT_EQ(compound.block_about(0x01020304), nullptr);
  const ReportBlock* block = compound.block_about(0x09090909);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->fraction_lost, 64);
  EXPECT_EQ(block->cumulative_lost, -2);
  EXPECT_EQ(block->highest_sequence, 0x0001'1000U);
  EXPECT_EQ(block->jitter, 80U);
  EXPECT_EQ(block->lsr, 0xaabb'ccddU);
  EXPECT_EQ(block->dlsr, 0x8000U);
}

TEST(Rtcp, ReadsVoipMetricsAndSurvivesBadOnes) {
  Octets metrics{7, 0, 0, 8};
  metrics.resize(36);
  metrics[8] = 12;   // loss rate
  metrics[24] = 87;  // R
  metrics[26] = 41;  // MOS-LQ
  RtcpCompound compound;
  ASSERT_EQ(parse_rtcp(join({kRr, rtcp(0, 207, join({kSsrc, metrics}))}), compound),
            RtcpVerdict::Good);
  ASSERT_TRUE(compound.voip);
  EXPECT_EQ(compound.voip->loss_rate, 12);
  EXPECT_EQ(compound.voip->r_factor, 87);
  EXPECT_EQ(compound.voip->mos_lq_x10, 41);

  metrics[3] = 200;  // a block that runs over the end
  ASSERT_EQ(parse_rtcp(join({kRr, rtcp(0, 207, join({kSsrc, metrics}))}), compound),
            RtcpVerdict::Good);
  EXPECT_FALSE(compound.voip);
}

TEST(Rtcp, WhatIsBuiltIsReadBack) {
  const ReportBlock block{7, 25, -3, 0x1'0005, 160, 0x1234, 0x5678};
  const SenderInfo sender{0x1122'3344'5566'7788, 16000, 100, 16000};
  const std::string longest(300, 'n');
  const struct {
    const char* sentence;
    RtcpSend what;
    std::size_t bytes;
  } rows[] = {
      {"an empty receiver report", {1, {}, {}, "gw", false}, 8 + 4 + 12},
      {"a receiver report with a block", {1, {}, block, "gateway", false}, 32 + 4 + 16},
      {"a sender report", {1, sender, {}, "gw@192.0.2.1", false}, 28 + 4 + 20},
      {"a sender report with all", {1, sender, block, "g", true}, 52 + 4 + 8 + 8},
      {"a name that is too long is cut", {1, sender, block, longest, true}, 52 + 4 + 264 + 8},
      {"no name", {1, {}, {}, "", false}, 8 + 4 + 8},
  };
  for (const auto& row : rows) {
    std::array<std::uint8_t, kMaxRtcpBytes> buffer{};
    const std::size_t size = build_rtcp(row.what, buffer);
    EXPECT_EQ(size, row.bytes) << row.sentence;
    EXPECT_EQ(build_rtcp(row.what, MutableBytes(buffer).first(size - 1)), 0U) << row.sentence;
    RtcpCompound back;
    ASSERT_EQ(parse_rtcp(Bytes(buffer).first(size), back), RtcpVerdict::Good) << row.sentence;
    EXPECT_EQ(back.ssrc, 1U) << row.sentence;
    EXPECT_EQ(back.cname, row.what.cname.substr(0, 255)) << row.sentence;
    EXPECT_EQ(back.bye, row.what.bye) << row.sentence;
    EXPECT_EQ(back.sender.has_value(), row.what.sender.has_value()) << row.sentence;
    if (back.sender) {
      EXPECT_EQ(back.sender->ntp, sender.ntp) << row.sentence;
      EXPECT_EQ(back.sender->octets, sender.octets) << row.sentence;
    }
    EXPECT_EQ(back.block_count, row.what.block ? 1U : 0U) << row.sentence;
    if (row.what.block) {
      EXPECT_EQ(back.blocks[0].cumulative_lost, -3) << row.sentence;
      EXPECT_EQ(back.blocks[0].fraction_lost, 25) << row.sentence;
      EXPECT_EQ(back.blocks[0].dlsr, 0x5678U) << row.sentence;
    }
  }
}

TEST(Rtcp, FractionLostIsOfTheInterval) {
  struct Row {
    const char* sentence;
    std::uint64_t expected, received;
    std::uint8_t fraction;
  };
  const Row rows[] = {
      {"nothing yet", 0, 0, 0},
      {"all came", 100, 100, 0},
      {"a quarter of the next hundred lost", 200, 175, 64},
      {"duplicates make no negative loss", 300, 290, 0},
      {"nothing in this interval", 300, 290, 0},
      {"all lost does not wrap to none", 400, 290, 255},
      {"totals begin anew with a new flow", 10, 5, 0},
      {"and count from there", 20, 10, 128},
  };
  LossInterval loss;
  for (const Row& row : rows) {
    EXPECT_EQ(loss.fraction_lost(row.expected, row.received), row.fraction) << row.sentence;
  }
}

TEST(Rtcp, CumulativeLossIsClamped) {
  EXPECT_EQ(cumulative_lost(100, 90), 10);
  EXPECT_EQ(cumulative_lost(90, 100), -10);
  EXPECT_EQ(cumulative_lost(1'000'000'000, 0), 0x7f'ffff);
  EXPECT_EQ(cumulative_lost(0, 1'000'000'000), -0x80'0000);
}

}  // namespace
}  // namespace junctor::dp
