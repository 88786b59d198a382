// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_relay.hpp"

#include <gtest/gtest.h>

#include "dataplane/nodes/test_node.hpp"

namespace junctor::dp::test {
namespace {

constexpr const char* kSent = "0";
constexpr std::uint64_t kPacketNs = 20'000'000;

class RtpRelayTest : public ::testing::Test {
 protected:
  Fate run(const Udp& packet) {
    const Frame frame = udp(packet);
    return bench.run(frame, NodeBench::state_of(frame, flow));
  }
  // A packet of the stream, 20 ms after the one before.
  Fate run(const Rtp& header, const std::string& from = "10.0.1.2:4000") {
    bench.now_ns += kPacketNs;
    return run(Udp{.from = from, .payload = rtp(header)});
  }
  FlowStats stats() { return bench.table().read(flow); }
  void update(const FlowTemplate& changed) {
    const auto result = bench.table().update(flow, changed);
    ASSERT_TRUE(result.ok());
    apply(bench.store(), result->message);
  }
  Seen sent() { return see(bench.frame()); }

  NodeBench bench{std::make_unique<RtpRelay>()};
  FlowId flow = bench.install(flow_template());
};

TEST_F(RtpRelayTest, RewritesHeaders) {
  struct Row {
    const char* sentence;
    Udp packet;
  };
  const Row rows[] = {
      {"as it comes", {}},
      {"with a tag", {.vlan = 5}},
      {"with IP options", {.options = true}},
      {"with padding after the packet", {.padding = 9}},
      {"without a UDP checksum", {.checksum = Udp::Checksum::None}},
      {"with a UDP checksum not filled in", {.checksum = Udp::Checksum::Partial}},
  };
  for (const Row& row : rows) {
    ASSERT_EQ(run(row.packet), kSent) << row.sentence;
    EXPECT_EQ(flaw_of(bench.frame()), "") << row.sentence;
    EXPECT_EQ(sent().from, "10.0.2.1:16386") << row.sentence;
    EXPECT_EQ(sent().to, "10.0.2.2:5000") << row.sentence;
    EXPECT_EQ(sent().destination, kPeerMac) << row.sentence;
    EXPECT_EQ(sent().source, kGatewayMac) << row.sentence;
    EXPECT_EQ(sent().traffic_class, 46 << 2) << row.sentence;
    EXPECT_EQ(sent().hop_limit, 64) << row.sentence;
    EXPECT_EQ(sent().checksum != 0, row.packet.checksum == Udp::Checksum::Good) << row.sentence;
    EXPECT_EQ(sent().payload, rtp({.ssrc = 0x11223344})) << row.sentence;
  }
}

TEST_F(RtpRelayTest, SendsToTheOtherFamily) {
  FlowTemplate to_v6 = flow_template();
  to_v6.out->from = *SocketAddress::parse("[fd00:2::1]:16386");
  to_v6.out->to = *SocketAddress::parse("[fd00:2::2]:5000");
  to_v6.out->next_hop->vlan = 12;
  update(to_v6);
  for (const auto checksum : {Udp::Checksum::Good, Udp::Checksum::None, Udp::Checksum::Partial}) {
    ASSERT_EQ(run(Udp{.checksum = checksum}), kSent);
    EXPECT_EQ(flaw_of(bench.frame()), "");
    EXPECT_EQ(sent().to, "[fd00:2::2]:5000");
    EXPECT_EQ(sent().vlan, 12);
    EXPECT_EQ(sent().traffic_class, 46 << 2);
    EXPECT_EQ(sent().payload, rtp({.ssrc = 0x11223344}));
  }
}

TEST_F(RtpRelayTest, ReceivesFromTheOtherFamily) {
  FlowTemplate from_v6 = flow_template();
  from_v6.local = *SocketAddress::parse("[fd00::1]:16384");
  from_v6.expected = *SocketAddress::parse("[fd00::2]:4000");
  flow = bench.install(from_v6);
  const Udp packet{.from = "[fd00::2]:4000", .to = "[fd00::1]:16384"};
  ASSERT_EQ(run(packet), kSent);
  EXPECT_EQ(flaw_of(bench.frame()), "");
  EXPECT_EQ(sent().to, "10.0.2.2:5000");
  EXPECT_NE(sent().checksum, 0);
  EXPECT_EQ(stats().source.text(), "[fd00::2]:4000");
  EXPECT_EQ(run(packet), kSent);
  EXPECT_EQ(run({.from = "[fd00::3]:4000", .to = "[fd00::1]:16384"}), "dropped: wrong_source");
}

TEST_F(RtpRelayTest, RefusesWhatIsNoRtp) {
  Frame extension = rtp({.first = 0x90, .payload = 4});
  extension[12] = extension[13] = extension[14] = 0;
  Frame long_extension = extension, padding = rtp({.first = 0xa0}), no_padding = padding;
  long_extension[15] = 1;
  extension[15] = 0;
  padding.back() = 3;
  no_padding.back() = 0;
  Frame all_padding = padding;
  all_padding.back() = 161;
  Frame csrc = rtp({.first = 0x8f, .payload = 59});
  struct Row {
    const char* sentence;
    Frame payload;
    const char* fate;
  };
  const Row rows[] = {
      {"nothing", {}, "dropped: not_rtp"},
      {"eleven octets", Frame(11, 0x80), "dropped: not_rtp"},
      {"version 1", rtp({.first = 0x40}), "dropped: not_rtp"},
      {"an RTCP sender report", rtp({.payload_type = 200}), "dropped: not_rtp"},
      {"CSRC list beyond the packet", csrc, "dropped: not_rtp"},
      {"an empty extension", extension, kSent},
      {"extension beyond the packet", long_extension, "dropped: not_rtp"},
      {"padding", padding, kSent},
      {"padding of no octets", no_padding, "dropped: not_rtp"},
      {"more padding than payload", all_padding, "dropped: not_rtp"},
      {"no payload at all", rtp({.payload = 0}), kSent},
  };
  for (const Row& row : rows) EXPECT_EQ(run(Udp{.payload = row.payload}), row.fate) << row.sentence;
  EXPECT_EQ(stats().packets_received, 3u);
  EXPECT_EQ(stats().octets_received, 0u + 157u + 0u);
}

TEST_F(RtpRelayTest, MapsPayloadTypes) {
  EXPECT_EQ(run(Rtp{.payload_type = 101}), kSent);
  EXPECT_EQ(sent().payload_type(), 96);
  EXPECT_EQ(run(Rtp{.payload_type = 0x80 | 8, .sequence = 101}), kSent);
  EXPECT_EQ(sent().payload_type(), 0x80 | 8) << "the marker stays";
  EXPECT_EQ(run(Rtp{.payload_type = 18, .sequence = 102}), "dropped: payload_type");
  EXPECT_EQ(stats().received_of_ssrc, 3u) << "it was received all the same";
  EXPECT_EQ(stats().packets_sent, 2u);
  EXPECT_EQ(flaw_of(bench.frame()), "");
}

TEST_F(RtpRelayTest, VoiceWhoseFarEndIsTheControlThreadIsPunted) {
  constexpr const char* kPunted = "1";
  FlowTemplate endpoint = flow_template();
  endpoint.out.reset();
  endpoint.to_control = true;
  update(endpoint);
  EXPECT_EQ(run(Rtp{}, "192.0.2.66:666"), kPunted) << "a source that may be learned";
  EXPECT_EQ(run(Rtp{.sequence = 101}), kPunted);
  EXPECT_NE(bench.state().flags & PacketState::kVoice, 0);
  EXPECT_EQ(bench.state().flow, flow.value());
  EXPECT_EQ(run(Rtp{.sequence = 102}, "192.0.2.66:666"), "dropped: wrong_source");
  EXPECT_EQ(run(Rtp{.payload_type = 18, .sequence = 102}), "dropped: payload_type");
  EXPECT_EQ(stats().packets_received, 3u);
  endpoint.receive = false;
  update(endpoint);
  EXPECT_EQ(run(Rtp{.sequence = 103}), "dropped: not_receiving");
  FlowTemplate joined = flow_template();
  joined.to_control = true;
  update(joined);
  EXPECT_EQ(run(Rtp{.sequence = 104}), kSent) << "a flow that is sent on is not the thread's";
}

TEST_F(RtpRelayTest, LocksTheSignalledSource) {
  EXPECT_EQ(run(Rtp{}), kSent);
  EXPECT_EQ(run(Rtp{.sequence = 101}, "10.0.1.2:4001"), "dropped: wrong_source");
  EXPECT_EQ(run(Rtp{.sequence = 101}, "10.0.1.66:4000"), "dropped: wrong_source");
  EXPECT_EQ(stats().source.text(), "10.0.1.2:4000");
  EXPECT_EQ(stats().drops[static_cast<std::size_t>(FlowDrop::WrongSource)], 2u);
  FlowEvent event;
  ASSERT_TRUE(bench.events.pop(event));
  EXPECT_EQ(event.source.text(), "10.0.1.2:4000");
  EXPECT_FALSE(bench.events.pop(event)) << "said once";
}

TEST_F(RtpRelayTest, LearnsAnotherSourceOnlyIfTheSignalledOneIsSilent) {
  const std::string nat = "192.0.2.7:9999";
  for (std::uint16_t i = 0; i < RtpRelay::kProbation - 1; ++i)
    EXPECT_EQ(run(Rtp{.sequence = i}, nat), kSent);
  EXPECT_FALSE(stats().source);
  EXPECT_EQ(run(Rtp{.sequence = 9}, "192.0.2.8:1"), "dropped: wrong_source") << "one candidate";
  EXPECT_EQ(run(Rtp{}), kSent) << "the signalled source comes in time";
  EXPECT_EQ(run(Rtp{.sequence = 5}, nat), "dropped: wrong_source");
}

TEST_F(RtpRelayTest, LocksALearnedSource) {
  const std::string nat = "192.0.2.7:9999";
  for (std::uint16_t i = 0; i < RtpRelay::kProbation; ++i)
    EXPECT_EQ(run(Rtp{.sequence = i}, nat), kSent);
  EXPECT_EQ(stats().source.text(), nat);
  EXPECT_EQ(run(Rtp{}, "192.0.2.8:1"), "dropped: wrong_source") << "locked: no third one";

  FlowTemplate again = flow_template();
  again.learn = 1;
  update(again);
  EXPECT_FALSE(stats().source) << "a new offer forgets it";
  EXPECT_EQ(run(Rtp{}), kSent);
}

TEST_F(RtpRelayTest, TheSignalledSourceTakesTheStreamBackForGood) {
  const std::string thief = "192.0.2.66:666";
  for (std::uint16_t i = 0; i < RtpRelay::kProbation; ++i)
    EXPECT_EQ(run(Rtp{.sequence = i}, thief), kSent);
  EXPECT_EQ(stats().source.text(), thief);
  EXPECT_EQ(run(Rtp{.sequence = 100}), kSent) << "late, but from where it said it would be";
  EXPECT_EQ(stats().source.text(), "10.0.1.2:4000");
  EXPECT_EQ(run(Rtp{.sequence = 50}, thief), "dropped: wrong_source");
}

TEST_F(RtpRelayTest, ASilentCandidateMakesWay) {
  EXPECT_EQ(run(Rtp{}, "192.0.2.7:9999"), kSent);
  bench.now_ns += 1'000'000'000;
  EXPECT_EQ(run(Rtp{}, "192.0.2.8:1"), kSent);
}

TEST_F(RtpRelayTest, LearnsNothingWhenToldNotTo) {
  FlowTemplate strict = flow_template();
  strict.may_learn = false;
  update(strict);
  EXPECT_EQ(run(Rtp{}, "192.0.2.7:9999"), "dropped: wrong_source");
  EXPECT_EQ(run(Rtp{}), kSent);
}

TEST_F(RtpRelayTest, AnUnknownPayloadTypeTeachesNothing) {
  EXPECT_EQ(run(Rtp{.payload_type = 18}), "dropped: payload_type");
  EXPECT_FALSE(stats().source);
  EXPECT_EQ(stats().packets_received, 0u);
}

TEST_F(RtpRelayTest, SaysWhyNothingIsSent) {
  ASSERT_EQ(run(Rtp{}), kSent);
  FlowTemplate changed = flow_template();
  changed.receive = false;
  update(changed);
  EXPECT_EQ(run(Rtp{.sequence = 101}), "dropped: not_receiving");
  changed = flow_template();
  changed.out->next_hop.reset();
  update(changed);
  EXPECT_EQ(run(Rtp{.sequence = 102}), "dropped: no_next_hop");
  changed.out.reset();
  update(changed);
  EXPECT_EQ(run(Rtp{.sequence = 103}), "dropped: payload_type") << "nothing to send it as";
  update(flow_template());
  EXPECT_EQ(run(Rtp{.sequence = 104}), kSent);
  EXPECT_EQ(sent().sequence(), 104) << "passed on as received";
  EXPECT_EQ(stats().packets_received, 5u);
  EXPECT_EQ(stats().packets_sent, 2u);
  EXPECT_EQ(stats().source.text(), "10.0.1.2:4000") << "changes leave the source alone";
}

}  // namespace
}  // namespace junctor::dp::test
