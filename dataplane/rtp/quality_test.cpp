// SPDX-License-Identifier: MIT
#include "dataplane/rtp/quality.hpp"

#include <gtest/gtest.h>

#include "dataplane/rtp/ntp.hpp"

namespace junctor::dp {
namespace {

TEST(Quality, MosMeetsTheReferencePointsOfG107) {
  const struct {
    double r, mos;
  } rows[] = {{93.2, 4.41}, {80, 4.02}, {70, 3.60}, {60, 3.10}, {50, 2.58},
              {0, 1},       {-5, 1},    {100, 4.5}, {3, 1}};
  for (const auto& row : rows) EXPECT_NEAR(mos(row.r), row.mos, 0.005) << "R " << row.r;
}

TEST(Quality, RFallsWithLossDelayAndCodec) {
  struct Row {
    const char* sentence;
    const char* codec;
    Reception reception;
    double r;
  };
  using namespace std::chrono_literals;
  const Row rows[] = {
      {"a perfect network costs one packet of delay", "PCMU", {0, 0ms, 0ms, 20ms}, 92.72},
      {"names are without regard to case", "pcmu", {0, 0ms, 0ms, 20ms}, 92.72},
      {"G.729 starts at its own impairment", "G729", {0, 0ms, 0ms, 20ms}, 81.72},
      {"one percent of loss", "PCMU", {0.01, 0ms, 0ms, 20ms}, 92.72 - 95.0 / 26.1},
      {"half of all lost", "PCMA", {0.5, 0ms, 0ms, 20ms}, 92.72 - 95.0 * 50 / 75.1},
      {"jitter counts twice", "PCMU", {0, 0ms, 20ms, 20ms}, 93.2 - 0.024 * 60},
      {"half the round trip counts", "PCMU", {0, 100ms, 0ms, 20ms}, 93.2 - 0.024 * 70},
      {"beyond 177.3 ms a conversation suffers more",
       "PCMU",
       {0, 360ms, 0ms, 20ms},
       93.2 - 0.024 * 200 - 0.11 * 22.7},
      {"everything lost, and late, is not less than nothing", "G729", {1, 2s, 1s, 20ms}, 0},
  };
  for (const Row& row : rows) {
    EXPECT_NEAR(r_factor(codec_quality(row.codec), row.reception), row.r, 0.01) << row.sentence;
  }
}

TEST(Ntp, CountsFrom1900) {
  EXPECT_EQ(ntp_time(Seconds{0}), kNtpEpochSeconds << 32);
  EXPECT_EQ(ntp_time(Milliseconds{1500}), (kNtpEpochSeconds + 1) << 32 | 0x8000'0000U);
  EXPECT_EQ(ntp_middle(0x1122'3344'5566'7788), 0x3344'5566U);
  EXPECT_EQ(ntp_short(Milliseconds{1500}), 0x0001'8000U);
  EXPECT_EQ(ntp_short(Milliseconds{-1}), 0U);
  EXPECT_EQ(ntp_duration(0x0001'8000), Milliseconds{1500});
}

TEST(Ntp, RoundTripOfTheExampleOfRfc3550) {
  // Section 6.4.1: A 0xb710:8000, LSR 0xb705:2000, DLSR 0x0005:4000 make 6.125 s.
  EXPECT_EQ(round_trip(0xb710'8000, 0xb705'2000, 0x0005'4000), Milliseconds{6125});
}

TEST(Ntp, RoundTripIsNotBelievedWithoutGround) {
  EXPECT_FALSE(round_trip(0x1000'0000, 0, 5)) << "the peer has seen no report of ours";
  EXPECT_FALSE(round_trip(0x1000'0000, 0x0100'0000, 0)) << "an hour is no round trip";
  EXPECT_FALSE(round_trip(0x1000'0000, 0x1001'0000, 0)) << "an answer a second before the question";
  EXPECT_EQ(round_trip(0x1000'0000, 0x0fff'0000, 0x0001'0001), Nanoseconds{0}) << "rounding";
}

}  // namespace
}  // namespace junctor::dp
