// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_statistics.hpp"

#include <gtest/gtest.h>

#include "dataplane/nodes/rtp_relay.hpp"
#include "dataplane/nodes/test_node.hpp"

namespace junctor::dp::test {
namespace {

constexpr std::uint64_t kPacketNs = 20'000'000;

class RtpStatisticsTest : public ::testing::Test {
 protected:
  // Sends a packet after so many nanoseconds.
  void run(const Rtp& header, std::uint64_t after_ns = kPacketNs) {
    bench.now_ns += after_ns;
    const Frame frame = udp({.payload = rtp(header)});
    fate = bench.run(frame, NodeBench::state_of(frame, flow));
    if (fate == "0") sent = see(bench.frame());
  }
  // Packets first..last with the timestamps of a good source.
  void run_stream(std::uint16_t first, std::uint16_t last, std::uint32_t ssrc = 1) {
    for (std::uint16_t i = first;; ++i) {
      run({.sequence = i, .timestamp = i * 160u, .ssrc = ssrc});
      if (i == last) break;
    }
  }
  FlowStats stats() { return bench.table().read(flow); }
  std::uint32_t expected() { return stats().extended_max_seq - stats().base_seq + 1; }

  NodeBench bench{std::make_unique<RtpRelay>()};
  FlowId flow = bench.install(flow_template());
  Fate fate;
  Seen sent;
};

TEST_F(RtpStatisticsTest, CountsLossOverTheWrapOfTheSequence) {
  run_stream(65530, 65534);
  run_stream(2, 5);  // 65535, 0 and 1 are lost
  EXPECT_EQ(stats().base_seq, 65530u);
  EXPECT_EQ(stats().extended_max_seq, 65536u + 5);
  EXPECT_EQ(expected(), 12u);
  EXPECT_EQ(stats().received_of_ssrc, 9u);
}

TEST_F(RtpStatisticsTest, LatePacketsDoNotMoveTheSequence) {
  run_stream(100, 110);
  run({.sequence = 105, .timestamp = 105 * 160, .ssrc = 1});
  EXPECT_EQ(stats().extended_max_seq, 110u);
  EXPECT_EQ(stats().received_of_ssrc, 12u) << "RFC 3550, A.3: duplicates count as received";
}

TEST_F(RtpStatisticsTest, AJumpCountsOnceItGoesOn) {
  run_stream(100, 109);
  run({.sequence = 40000, .timestamp = 0, .ssrc = 1});
  EXPECT_EQ(stats().extended_max_seq, 109u) << "one stray packet";
  run({.sequence = 40001, .timestamp = 160, .ssrc = 1});
  EXPECT_EQ(stats().base_seq, 40001u) << "RFC 3550, A.1: the source was started again";
  EXPECT_EQ(stats().expected_before, 10u);
  EXPECT_EQ(expected(), 1u);
  EXPECT_EQ(stats().received_of_ssrc, 1u);
}

TEST_F(RtpStatisticsTest, JitterIsThatOfRfc3550) {
  run_stream(0, 100);
  EXPECT_EQ(stats().jitter_x16, 0u) << "a steady stream";
  run({.sequence = 101, .timestamp = 101 * 160, .ssrc = 1}, kPacketNs + 10'000'000);
  EXPECT_NEAR(stats().jitter_x16, 80u, 1u) << "10 ms late is 80 units; a sixteenth of it, times 16";
  run({.sequence = 102, .timestamp = 102 * 160, .ssrc = 1}, kPacketNs - 10'000'000);
  EXPECT_NEAR(stats().jitter_x16, 80u + 80u - 5u, 2u);
}

TEST_F(RtpStatisticsTest, AnEventThatGoesOnIsNoJitter) {
  run_stream(0, 10);
  for (std::uint16_t i = 11; i < 20; ++i)
    run({.payload_type = 101, .sequence = i, .timestamp = 11 * 160, .ssrc = 1});
  EXPECT_LE(stats().jitter_x16, 1u);
}

TEST_F(RtpStatisticsTest, WhatIsSentGoesOnOverAChangeOfSsrc) {
  run_stream(1000, 1009, 1);
  EXPECT_EQ(sent.sequence(), 1009) << "as received at first";
  EXPECT_EQ(sent.timestamp(), 1009u * 160);
  EXPECT_EQ(sent.ssrc(), 0x11223344u);
  run({.sequence = 7, .timestamp = 555, .ssrc = 2}, 60'000'000);
  EXPECT_EQ(sent.sequence(), 1010);
  EXPECT_NEAR(sent.timestamp(), 1009u * 160 + 480, 1) << "60 ms later";
  EXPECT_EQ(sent.ssrc(), 0x11223344u);
  const std::uint32_t timestamp = sent.timestamp();
  run({.sequence = 8, .timestamp = 555 + 160, .ssrc = 2});
  EXPECT_EQ(sent.sequence(), 1011);
  EXPECT_EQ(sent.timestamp(), timestamp + 160);
  EXPECT_EQ(stats().ssrc, 2u);
  EXPECT_EQ(stats().ssrc_changes, 1);
  EXPECT_EQ(stats().expected_before, 10u);
  EXPECT_EQ(stats().received_of_ssrc, 2u);
  EXPECT_EQ(stats().last_timestamp_sent, sent.timestamp());
}

TEST_F(RtpStatisticsTest, RemembersTimes) {
  EXPECT_EQ(stats().last_received, Nanoseconds{0});
  run_stream(0, 3);
  EXPECT_EQ(stats().last_received.count(), static_cast<std::int64_t>(bench.now_ns));
  EXPECT_EQ(stats().last_sent, stats().last_received);
  EXPECT_EQ(stats().payload_type, 0);
  EXPECT_EQ(stats().clock_rate, 8000u);
  EXPECT_EQ(stats().octets_sent, 4u * 160);
}

}  // namespace
}  // namespace junctor::dp::test
