// SPDX-License-Identifier: MIT
#include "dataplane/nodes/punt.hpp"

#include <gtest/gtest.h>

#include "dataplane/nodes/test_node.hpp"

namespace junctor::dp::test {
namespace {

class PuntTest : public ::testing::Test {
 protected:
  PuntTest() {
    bench.snapshot().signalling_ports.set(5060);
    bench.snapshot().stranger_packets_per_second = 10;
    bench.snapshot().trusted = AddressMap<bool>(1);
    bench.snapshot().trusted.add(AddressKey::of(*IpAddress::parse("10.0.1.2")), true);
  }
  // How many of n packets in a second pass.
  unsigned pass(const std::string& from, const std::string& to, unsigned n,
                std::uint8_t flags = 0) {
    const Frame frame = udp({.from = from, .to = to});
    PacketState state = NodeBench::state_of(frame);
    state.flags = static_cast<std::uint8_t>(state.flags | flags);
    unsigned passed = 0;
    for (unsigned i = 0; i < n; ++i) {
      bench.now_ns += 1'000'000'000 / n;
      if (bench.run(frame, state) == "punted") ++passed;
    }
    return passed;
  }

  NodeBench bench{std::make_unique<Punt>()};
};

TEST_F(PuntTest, ADutifulPeerIsNotLimited) {
  EXPECT_EQ(pass("10.0.1.2:5060", "10.0.1.1:5060", 20000), 20000u);
}

TEST_F(PuntTest, AStrangerGetsItsRateAndABurst) {
  const unsigned passed = pass("192.0.2.1:5060", "10.0.1.1:5060", 5000);
  EXPECT_GE(passed, 10u);
  EXPECT_LE(passed, 15u);
  EXPECT_EQ(bench.count("stranger_limit"), 5000u - passed);
}

TEST_F(PuntTest, AllStrangersTogetherAreLimited) {
  const Frame frame = udp({.to = "10.0.1.1:5060"});
  unsigned passed = 0;
  for (unsigned i = 0; i < 20000; ++i) {
    bench.now_ns += 50'000;  // 20,000 packets in a second, each from another source
    Frame from = frame;
    store_be32(&from[26], 0xc0000000u + i);
    if (bench.run(from, NodeBench::state_of(from)) == "punted") ++passed;
  }
  EXPECT_GE(passed, 1000u);
  EXPECT_LE(passed, 1300u);
}

TEST_F(PuntTest, AFloodOfStrangersDoesNotConcernPeersOrTheRest) {
  pass("192.0.2.1:5060", "10.0.1.1:5060", 50000);
  EXPECT_EQ(pass("10.0.1.2:5060", "10.0.1.1:5060", 1000), 1000u);
  EXPECT_EQ(pass("192.0.2.2:22", "10.0.1.1:22", 1000), 1000u);
}

TEST_F(PuntTest, RtcpIsLimitedByFlow) {
  const unsigned passed = pass("10.0.1.2:4001", "10.0.1.1:16385", 1000, PacketState::kRtcp);
  EXPECT_GE(passed, 50u);
  EXPECT_LE(passed, 65u);
}

TEST_F(PuntTest, VoiceIsLimitedByFlow) {
  EXPECT_EQ(pass("10.0.1.2:4000", "10.0.1.1:16384", 100, PacketState::kVoice), 100u);
  const unsigned passed = pass("10.0.1.2:4000", "10.0.1.1:16384", 2000, PacketState::kVoice);
  EXPECT_GE(passed, 200u);
  EXPECT_LE(passed, 260u);
  EXPECT_EQ(bench.count("voice_limit"), 2000u - passed);
  EXPECT_EQ(bench.count("voice"), 100u + passed);
}

TEST_F(PuntTest, ArpOfOneStationIsLimitedByItsMac) {
  Frame arp = udp({});
  store_be16(&arp[12], 0x0806);
  unsigned passed = 0;
  for (unsigned i = 0; i < 10000; ++i) {
    bench.now_ns += 100'000;
    if (bench.run(arp, {}) == "punted") ++passed;
  }
  EXPECT_GE(passed, 2000u);
  EXPECT_LE(passed, 2500u);
}

}  // namespace
}  // namespace junctor::dp::test
