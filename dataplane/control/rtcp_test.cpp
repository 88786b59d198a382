// SPDX-License-Identifier: MIT
#include "dataplane/control/rtcp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/control/test_session.hpp"
#include "dataplane/rtp/ntp.hpp"

namespace junctor::dp {
namespace {

using testing::IsEmpty;

constexpr const char* kA = "192.0.2.1:20000";
constexpr const char* kB = "198.51.100.1:20000";

// A datagram that went out.
struct Out {
  SocketAddress from, to;
  std::uint8_t dscp = 0;
  RtcpCompound rtcp;
};

Out read_out(const std::vector<std::uint8_t>& frame) {
  const std::uint8_t* p = frame.data() + 14;
  Out out;
  out.dscp = p[1] >> 2;
  out.from = {IpAddress::from_bytes({p + 12, 4}), load_be16(p + 20)};
  out.to = {IpAddress::from_bytes({p + 16, 4}), load_be16(p + 22)};
  EXPECT_EQ(parse_rtcp(Bytes(frame).subspan(42), out.rtcp), RtcpVerdict::Good);
  return out;
}

// What was sent from a local IP address since the last look.
std::vector<Out> take_sent(Rig& rig, const std::string& from) {
  std::vector<Out> out;
  for (const FakePlane::Sent& sent : rig.plane.sent) {
    const Out each = read_out(sent.frame);
    if (each.from.ip == ip(from)) out.push_back(each);
  }
  rig.plane.sent.clear();
  return out;
}

TEST(RtcpEngine, EveryLegHasRtcpFromTheStart) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.pass(Seconds{1});
  ASSERT_EQ(rig.plane.sent.size(), 2U) << "one report a leg within the first second";
  const Out first = read_out(rig.plane.sent[0].frame);
  EXPECT_EQ(first.dscp, 46);
  EXPECT_EQ(first.rtcp.cname, "gw");
  EXPECT_FALSE(first.rtcp.sender) << "nothing was sent: a receiver report";
  EXPECT_EQ(first.rtcp.block_count, 0U) << "nothing was received";
  const std::vector<Out> to_a = take_sent(rig, "192.0.2.1");
  ASSERT_EQ(to_a.size(), 1U);
  EXPECT_EQ(to_a[0].from, at("192.0.2.1:20001"));
  EXPECT_EQ(to_a[0].to, at("10.0.0.1:4001"));
  EXPECT_EQ(to_a[0].rtcp.ssrc, 0x1000U + 20000);
  rig.pass(Seconds{60});
  const std::size_t reports = take_sent(rig, "192.0.2.1").size();
  EXPECT_GE(reports, 8U) << "every 2.5 to 7.5 s";
  EXPECT_LE(reports, 24U);
}

TEST(RtcpEngine, KnowsWhereToSend) {
  struct Row {
    const char* sentence;
    void (*change)(api::Leg&);
    const char* learned;
    const char* from;
    const char* to;  // empty: nowhere
  };
  const Row rows[] = {
      {"beside the signalled port", [](api::Leg&) {}, "", "192.0.2.1:20001", "10.0.0.1:4001"},
      {"where it was signalled (RFC 3605)",
       [](api::Leg& l) { *l.mutable_remote_rtcp() = to_message(at("10.0.0.1:9000")); }, "",
       "192.0.2.1:20001", "10.0.0.1:9000"},
      {"on the same port with rtcp_mux", [](api::Leg& l) { l.set_rtcp_mux(true); }, "",
       "192.0.2.1:20000", "10.0.0.1:4000"},
      {"beside the learned source, whatever was signalled",
       [](api::Leg& l) { *l.mutable_remote_rtcp() = to_message(at("10.0.0.1:9000")); },
       "10.9.9.9:7000", "192.0.2.1:20001", "10.9.9.9:7001"},
      {"the learned source is the signalled one",
       [](api::Leg& l) { *l.mutable_remote_rtcp() = to_message(at("10.0.0.1:9000")); },
       "10.0.0.1:4000", "192.0.2.1:20001", "10.0.0.1:9000"},
      {"nowhere while nothing is known", [](api::Leg& l) { l.clear_remote(); }, "", "", ""},
      {"known by its source alone", [](api::Leg& l) { l.clear_remote(); }, "10.9.9.9:7000",
       "192.0.2.1:20001", "10.9.9.9:7001"},
  };
  for (const Row& row : rows) {
    Rig rig;
    rig.hops.resolve("10.9.9.9", 0xc);
    api::Session message = session_message("s1");
    row.change(*message.mutable_legs(0));
    ASSERT_EQ(rig.sessions.apply(message).error(), "") << row.sentence;
    if (row.learned[0] != '\0') rig.learn(kA, row.learned);
    rig.pass(Seconds{1});
    const std::vector<Out> sent = take_sent(rig, "192.0.2.1");
    if (row.to[0] == '\0') {
      EXPECT_THAT(sent, IsEmpty()) << row.sentence;
      continue;
    }
    ASSERT_EQ(sent.size(), 1U) << row.sentence;
    EXPECT_EQ(sent[0].to, at(row.to)) << row.sentence;
    EXPECT_EQ(sent[0].from, at(row.from)) << row.sentence;
  }
}

TEST(RtcpEngine, SenderReportsSayWhatWasSentOnTheLeg) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  FlowStats& b = rig.plane.stats_at(kB);  // what B's peer says goes out on leg A
  b.packets_sent = 100;
  b.octets_sent = 16000;
  b.clock_rate = 8000;
  b.last_timestamp_sent = 5000;
  b.last_sent = rig.clock.now();
  rig.pass(Seconds{1});
  std::vector<Out> sent = take_sent(rig, "192.0.2.1");
  ASSERT_EQ(sent.size(), 1U);
  ASSERT_TRUE(sent[0].rtcp.sender);
  EXPECT_EQ(sent[0].rtcp.sender->packets, 100U);
  EXPECT_EQ(sent[0].rtcp.sender->octets, 16000U);
  // The timestamp is that of the moment of the report.
  const auto age = std::chrono::duration<double>(
      ntp_duration(ntp_middle(ntp_time(rig.clock.wall())) - ntp_middle(sent[0].rtcp.sender->ntp)));
  EXPECT_NEAR(sent[0].rtcp.sender->rtp_timestamp, 5000 + 8000 * (1 - age.count()), 20);

  // Nothing more is sent: two more sender reports at most, then receiver reports.
  rig.pass(Seconds{60});
  sent = take_sent(rig, "192.0.2.1");
  ASSERT_GE(sent.size(), 4U);
  EXPECT_TRUE(sent[0].rtcp.sender) << "sent something since the report before the last";
  EXPECT_FALSE(sent[2].rtcp.sender);
  EXPECT_FALSE(sent.back().rtcp.sender);
}

TEST(RtcpEngine, ReportsWhatWasReceivedAndLost) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  FlowStats& a = rig.plane.stats_at(kA);
  a.ssrc = 0xcafe;
  a.packets_received = 75;
  a.received_of_ssrc = 75;
  a.base_seq = 100;
  a.extended_max_seq = 199;
  a.jitter_x16 = 33 << 4;
  rig.pass(Seconds{1});
  std::vector<Out> sent = take_sent(rig, "192.0.2.1");
  ASSERT_EQ(sent.size(), 1U);
  const ReportBlock* block = sent[0].rtcp.block_about(0xcafe);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->fraction_lost, 64);
  EXPECT_EQ(block->cumulative_lost, 25);
  EXPECT_EQ(block->highest_sequence, 199U);
  EXPECT_EQ(block->jitter, 33U);
  EXPECT_EQ(block->lsr, 0U);
  rig.pass(Seconds{8});
  sent = take_sent(rig, "192.0.2.1");
  ASSERT_GE(sent.size(), 1U);
  EXPECT_EQ(sent[0].rtcp.block_count, 0U) << "nothing came since";
}

Bytes as_packet(const RtcpSend& what, std::array<std::uint8_t, kMaxRtcpBytes>& buffer) {
  return Bytes(buffer).first(build_rtcp(what, buffer));
}

TEST(RtcpEngine, MeasuresTheRoundTripAndEchoesThePeersReport) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.plane.stats_at(kB).packets_sent = 1;
  rig.pass(Seconds{1});
  const std::vector<Out> sent = take_sent(rig, "192.0.2.1");
  ASSERT_EQ(sent.size(), 1U);
  ASSERT_TRUE(sent[0].rtcp.sender);

  RtcpSend answer;
  answer.ssrc = 0xcafe;
  answer.cname = "phone";
  answer.sender = SenderInfo{0x0000'abcd'1234'0000, 1, 2, 3};
  ReportBlock block;
  block.ssrc = 0x1000 + 20000;
  block.fraction_lost = 12;
  block.jitter = 40;
  block.lsr = ntp_middle(sent[0].rtcp.sender->ntp);
  block.dlsr = ntp_short(Milliseconds{0});
  answer.block = block;
  std::array<std::uint8_t, kMaxRtcpBytes> buffer;
  const Nanoseconds reported = ntp_duration(block.lsr);
  rig.pass(Seconds{1});
  const Nanoseconds now = ntp_duration(ntp_middle(ntp_time(rig.clock.wall())));
  rig.sessions.on_rtcp(*rig.plane.id_at(kA), at("10.0.0.1:4001"), as_packet(answer, buffer));

  rig.plane.stats_at(kB).clock_rate = 8000;
  const api::SessionStatistics stats = rig.sessions.statistics(*rig.sessions.find("s1"));
  const api::LegStatistics& leg = stats.legs(0);
  EXPECT_NEAR(leg.round_trip_us(), static_cast<double>((now - reported).count()) / 1000, 100);
  EXPECT_EQ(leg.remote_fraction_lost(), 12U);
  EXPECT_EQ(leg.remote_jitter_us(), 5000U);
  EXPECT_EQ(leg.rtcp_received(), 1U);

  FlowStats& a = rig.plane.stats_at(kA);
  a.ssrc = 0xcafe;
  a.packets_received = a.received_of_ssrc = 1;
  rig.pass(Seconds{8});
  const std::vector<Out> next = take_sent(rig, "192.0.2.1");
  ASSERT_GE(next.size(), 1U);
  ASSERT_EQ(next[0].rtcp.block_count, 1U);
  EXPECT_EQ(next[0].rtcp.blocks[0].lsr, 0xabcd'1234U);
  EXPECT_GT(next[0].rtcp.blocks[0].dlsr, 0U);
}

TEST(RtcpEngine, BelievesOnlyThePeer) {
  struct Row {
    const char* sentence;
    const char* source;
    Bytes packet;
    RtcpEngine::Count counted;
  };
  RtcpSend report;
  report.ssrc = 1;
  std::array<std::uint8_t, kMaxRtcpBytes> good_buffer;
  const Bytes good = as_packet(report, good_buffer);
  report.bye = true;
  std::array<std::uint8_t, kMaxRtcpBytes> bye_buffer;
  const Bytes bye = as_packet(report, bye_buffer);
  const Row rows[] = {
      {"the peer, from any port", "10.0.0.1:5555", good, RtcpEngine::kReceived},
      {"a stranger", "10.6.6.6:4001", good, RtcpEngine::kWrongSource},
      {"garbage of a stranger is his source, first", "10.6.6.6:4001", good.first(5),
       RtcpEngine::kWrongSource},
      {"a cut packet", "10.0.0.1:4001", good.first(9), RtcpEngine::kBadLength},
      {"hardly anything", "10.0.0.1:4001", good.first(5), RtcpEngine::kTooShort},
      {"BYE is counted and ends nothing", "10.0.0.1:4001", bye, RtcpEngine::kByeReceived},
  };
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  for (const Row& row : rows) {
    const std::uint64_t before = rig.rtcp.counters()[row.counted].value();
    rig.sessions.on_rtcp(*rig.plane.id_at(kA), at(row.source), row.packet);
    EXPECT_EQ(rig.rtcp.counters()[row.counted].value(), before + 1) << row.sentence;
    EXPECT_EQ(rig.sessions.size(), 1U) << row.sentence;
  }
  const auto stats = rig.sessions.statistics(*rig.sessions.find("s1"));
  EXPECT_EQ(stats.legs(0).wrong_source(), 2U);
  EXPECT_EQ(stats.legs(0).rtcp_received(), 2U);
}

TEST(RtcpEngine, WaitsForANextHopAndTriesAgain) {
  Rig rig;
  rig.hops.hops.clear();
  rig.sessions.apply(session_message("s1"));
  rig.pass(Seconds{2});
  EXPECT_THAT(rig.plane.sent, IsEmpty());
  EXPECT_GE(rig.rtcp.counters()[RtcpEngine::kNoNextHop].value(), 2U);
  rig.hops.resolve("10.0.0.1", 0xa);
  rig.pass(Milliseconds{510});
  EXPECT_EQ(take_sent(rig, "192.0.2.1").size(), 1U);
}

TEST(RtcpEngine, SaysByeAtTheEnd) {
  Rig rig;
  rig.sessions.apply(session_message("s1"));
  rig.sessions.remove("s1");
  const std::vector<Out> sent = take_sent(rig, "198.51.100.1");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].rtcp.bye);
  rig.pass(Seconds{10});
  EXPECT_THAT(rig.plane.sent, IsEmpty()) << "and then nothing";
}

TEST(RtcpEngine, ManyLegsAtOnceDoNotBurst) {
  Rig rig(20'000);
  for (unsigned i = 0; i < 10'000; ++i) {
    rig.sessions.apply(session_message("s" + std::to_string(i), 1024 + 2 * i));
  }
  std::size_t most = 0;
  for (unsigned tick = 0; tick < 200; ++tick) {
    rig.plane.sent.clear();
    rig.pass(Milliseconds{10});
    most = std::max(most, rig.plane.sent.size());
  }
  EXPECT_LE(most, RtcpEngine::kReportsPerRun);
  const std::uint64_t first = rig.rtcp.counters()[RtcpEngine::kSent].value();
  EXPECT_EQ(first, 20'000U) << "all have had their first report within two seconds";
}

}  // namespace
}  // namespace junctor::dp
