// SPDX-License-Identifier: MIT
#include "dataplane/control/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/control/test_session.hpp"
#include "dataplane/rtp/header.hpp"

namespace junctor::dp {
namespace {

using testing::HasSubstr;

constexpr const char* kLocal = "192.0.2.1:20000";
constexpr const char* kPeer = "10.0.0.1:4000";
constexpr std::size_t kHeaders = 14 + 20 + 8;

api::Session tone_message(const std::string& id = "t1", unsigned port = 20000) {
  api::Session session;
  session.set_id(id);
  session.set_generation(1);
  api::Leg& leg = *session.add_legs();
  leg = leg_message("192.0.2.1:" + std::to_string(port), kPeer);
  leg.clear_payload_types();
  *leg.add_payload_types() = payload_type(8, "PCMA");
  api::Tone& tone = *session.mutable_endpoint()->mutable_tone();
  tone.set_frequency_hz(1004);
  tone.set_level_dbm0(-10);
  return session;
}

api::Session echo_message() {
  api::Session session = tone_message();
  session.mutable_endpoint()->clear_tone();
  session.mutable_endpoint()->set_echo(true);
  return session;
}

struct Frame {
  RtpHeader rtp;
  std::vector<std::uint8_t> payload;
};

class EndpointTest : public testing::Test {
 protected:
  // Those that went to the peer's RTP port since the last time.
  std::vector<Frame> take_frames() {
    std::vector<Frame> out;
    for (const FakePlane::Sent& sent : rig.plane.sent) {
      const Bytes udp = Bytes(sent.frame).subspan(kHeaders);
      if (load_be16(&sent.frame[kHeaders - 6]) != 4000) continue;  // RTCP
      Frame frame;
      EXPECT_EQ(parse_rtp(udp, frame.rtp), RtpVerdict::Good);
      frame.payload.assign(frame.rtp.payload.begin(), frame.rtp.payload.end());
      out.push_back(std::move(frame));
    }
    rig.plane.sent.clear();
    return out;
  }
  // What the peer says, a frame of 20 ms, as the worker hands it over.
  void hear(std::span<const std::uint8_t> payload, std::uint8_t payload_type = 8) {
    std::vector<std::uint8_t> packet(kRtpHeaderBytes);
    packet[0] = 0x80;
    packet[1] = payload_type;
    packet.insert(packet.end(), payload.begin(), payload.end());
    rig.sessions.on_voice(*rig.plane.id_at(kLocal), packet);
  }
  void hear_tone(double hz, double dbm0, unsigned frames) {
    Generator generator(hz, dbm0);
    for (unsigned i = 0; i < frames; ++i) {
      std::array<std::int16_t, 160> samples;
      generator.fill(Law::A, samples);
      std::vector<std::uint8_t> payload;
      for (const std::int16_t sample : samples) payload.push_back(encode_g711(Law::A, sample));
      hear(payload);
      rig.pass(Milliseconds{20});
    }
  }
  static Listener::Heard judge(const std::vector<Frame>& frames) {
    Listener listener;
    for (const Frame& frame : frames) listener.take(Law::A, frame.payload);
    return listener.heard();
  }
  api::SessionStatistics statistics(const std::string& id = "t1") {
    return rig.sessions.statistics(*rig.sessions.find(id));
  }

  Rig rig;
};

TEST_F(EndpointTest, SendsAToneToThePeer) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  const FlowTemplate* flow = rig.plane.at(kLocal);
  ASSERT_NE(flow, nullptr);
  EXPECT_TRUE(flow->to_control);
  EXPECT_TRUE(flow->receive);
  EXPECT_FALSE(flow->out);
  rig.pass(Seconds{2});
  const FakePlane::Sent first = rig.plane.sent.front();
  EXPECT_EQ(first.frame[5], 0xa) << "to the peer's next hop";
  EXPECT_EQ(first.frame[15], 46 << 2);
  const auto frames = take_frames();
  EXPECT_EQ(frames.size(), 100u);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const RtpHeader& rtp = frames[i].rtp;
    EXPECT_EQ(rtp.marker, i == 0) << i;
    EXPECT_EQ(rtp.payload_type, 8);
    EXPECT_EQ(rtp.ssrc, 0x1000u + 20000);
    EXPECT_EQ(rtp.sequence, static_cast<std::uint16_t>(frames[0].rtp.sequence + i));
    EXPECT_EQ(rtp.timestamp, frames[0].rtp.timestamp + 160 * i);
    EXPECT_EQ(frames[i].payload.size(), 160u);
  }
  const Listener::Heard heard = judge(frames);
  EXPECT_EQ(heard.tone, 1);
  EXPECT_NEAR(heard.tone_hz, 1004, 10);
  EXPECT_NEAR(heard.tone_dbm0, -10, 0.1);
  EXPECT_EQ(statistics().legs(0).packets_sent(), 100u);
  EXPECT_EQ(statistics().legs(0).octets_sent(), 16000u);
}

TEST_F(EndpointTest, CatchesUpWithALateTimerButNotWithALongOne) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  rig.pass(Milliseconds{40});
  const auto before = take_frames();
  ASSERT_EQ(before.size(), 2u);
  const struct {
    const char* sentence;
    unsigned late_ms;
    unsigned frames;
    unsigned left_out;
  } rows[] = {{"one frame", 20, 1, 0},
              {"three at once", 60, 3, 0},
              {"as many as may be", 100, 5, 0},
              {"a second: the rest is left out", 1000, 5, 45}};
  RtpHeader last = before.back().rtp;
  for (const auto& row : rows) {
    rig.clock.advance(Milliseconds{row.late_ms});
    rig.sessions.run();
    const auto frames = take_frames();
    ASSERT_EQ(frames.size(), row.frames) << row.sentence;
    EXPECT_EQ(frames[0].rtp.sequence, static_cast<std::uint16_t>(last.sequence + 1));
    EXPECT_EQ(frames[0].rtp.timestamp, last.timestamp + 160 * (row.left_out + 1)) << row.sentence;
    EXPECT_EQ(frames[0].rtp.marker, row.left_out > 0) << row.sentence;
    last = frames.back().rtp;
  }
}

TEST_F(EndpointTest, KeepsTheAveragePaceUnderJitter) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  const unsigned steps[] = {3, 17, 41, 9, 30, 13, 27, 60};  // 200 ms
  for (unsigned i = 0; i < 400; ++i) {
    rig.clock.advance(Milliseconds{steps[i % 8]});
    rig.sessions.run();
  }
  EXPECT_NEAR(static_cast<double>(take_frames().size()), 500, 1);
}

TEST_F(EndpointTest, HearsThePeer) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  EXPECT_EQ(statistics().heard().heard_ms(), 0u);
  hear_tone(425, -13.2, 100);
  const api::Heard heard = statistics().heard();
  EXPECT_EQ(heard.heard_ms(), 2000u);
  EXPECT_EQ(heard.tone_permille(), 1000u);
  EXPECT_NEAR(heard.tone_hz_x10(), 4250, 43);
  EXPECT_NEAR(heard.tone_dbm0_x10(), -132, 1);
  EXPECT_NEAR(heard.level_dbm0_x10(), -132, 1);
  EXPECT_EQ(heard.silent_permille(), 0u);
}

TEST_F(EndpointTest, WhatIsNotOfTheLegIsNotHeard) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  const std::vector<std::uint8_t> loud(800, 0x2a);
  hear(loud, 0);
  hear(loud, 101);
  rig.sessions.on_voice(*rig.plane.id_at(kLocal), Bytes(loud).first(5));
  rig.sessions.on_voice(FlowId{77}, Bytes(loud));
  EXPECT_EQ(statistics().heard().heard_ms(), 0u);
  hear(loud);
  EXPECT_EQ(statistics().heard().heard_ms(), 100u);
}

TEST_F(EndpointTest, EchoesWhatItHears) {
  ASSERT_EQ(rig.sessions.apply(echo_message()).error(), "");
  hear_tone(620, -20, 100);
  auto frames = take_frames();
  ASSERT_EQ(frames.size(), 100u);
  frames.erase(frames.begin(), frames.begin() + 5);  // gathered first
  const Listener::Heard heard = judge(frames);
  EXPECT_EQ(heard.tone, 1);
  EXPECT_NEAR(heard.tone_hz, 620, 6);
  EXPECT_NEAR(heard.tone_dbm0, -20, 0.1);
}

TEST_F(EndpointTest, AnEchoOfNothingIsSilence) {
  ASSERT_EQ(rig.sessions.apply(echo_message()).error(), "");
  rig.pass(Seconds{1});
  const auto frames = take_frames();
  EXPECT_EQ(frames.size(), 50u);
  EXPECT_EQ(judge(frames).silent, 1);
}

TEST_F(EndpointTest, AnEchoKeepsNoMoreThanItMay) {
  ASSERT_EQ(rig.sessions.apply(echo_message()).error(), "");
  const std::vector<std::uint8_t> loud(160, 0x2a);
  for (int i = 0; i < 10'000; ++i) hear(loud);  // at once
  EXPECT_EQ(statistics().heard().heard_ms(), 1000u) << "a flood is not judged";
  rig.pass(Seconds{1});
  const auto frames = take_frames();
  const auto said = static_cast<std::size_t>(std::count_if(
      frames.begin(), frames.end(), [&](const Frame& f) { return f.payload == loud; }));
  EXPECT_GE(said, 3u);
  EXPECT_LE(said * 160, Endpoint::kEchoMost);
}

TEST_F(EndpointTest, OnHoldItSaysNothingAndGoesOnAfterwards) {
  api::Session message = tone_message();
  ASSERT_EQ(rig.sessions.apply(message).error(), "");
  rig.pass(Milliseconds{100});
  const RtpHeader last = take_frames().back().rtp;
  message.set_generation(2);
  message.mutable_legs(0)->set_send(false);
  ASSERT_EQ(rig.sessions.apply(message).error(), "");
  rig.pass(Seconds{1});
  EXPECT_TRUE(take_frames().empty());
  message.set_generation(3);
  message.mutable_legs(0)->set_send(true);
  ASSERT_EQ(rig.sessions.apply(message).error(), "");
  rig.pass(Milliseconds{100});
  const auto frames = take_frames();
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_TRUE(frames[0].rtp.marker);
  EXPECT_EQ(frames[0].rtp.sequence, static_cast<std::uint16_t>(last.sequence + 1));
  EXPECT_EQ(frames[0].rtp.timestamp, last.timestamp + 160 * 51);
}

TEST_F(EndpointTest, ASenderReportCountsItsFrames) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  rig.pass(Seconds{10});
  bool is_sender = false;
  for (const FakePlane::Sent& sent : rig.plane.sent) {
    RtcpCompound compound;
    const Bytes udp = Bytes(sent.frame).subspan(kHeaders);
    if (load_be16(&sent.frame[kHeaders - 6]) != 4001) continue;
    ASSERT_EQ(parse_rtcp(udp, compound), RtcpVerdict::Good);
    is_sender = is_sender || (compound.sender && compound.sender->packets > 50);
  }
  EXPECT_TRUE(is_sender);
}

TEST_F(EndpointTest, AfterARestartItGoesOnAheadOfWhereItWas) {
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  rig.pass(Seconds{1});
  const RtpHeader last = take_frames().back().rtp;
  rig.sessions.remove("t1");
  rig.pass(Seconds{1});
  ASSERT_EQ(rig.sessions.apply(tone_message()).error(), "");
  take_frames();
  rig.pass(Milliseconds{20});
  const auto frames = take_frames();
  ASSERT_EQ(frames.size(), 1u);
  const auto ahead = static_cast<std::uint16_t>(frames[0].rtp.sequence - last.sequence);
  EXPECT_NEAR(ahead, 51, 1);
  EXPECT_EQ(frames[0].rtp.timestamp - last.timestamp, 160u * ahead);
}

TEST_F(EndpointTest, ThereAreAtMostNine) {
  for (unsigned i = 0; i < Sessions::kMaxEndpoints; ++i) {
    const auto message = tone_message("t" + std::to_string(i), 20000 + 2 * i);
    ASSERT_EQ(rig.sessions.apply(message).error(), "");
    ASSERT_EQ(rig.sessions.apply(message).error(), "") << "again is the same";
  }
  EXPECT_THAT(rig.sessions.apply(tone_message("one-more", 30000)).error(), HasSubstr("all 9"));
  EXPECT_EQ(rig.sessions.apply(session_message("a-call", 31000)).error(), "");
  rig.sessions.remove("t3");
  EXPECT_EQ(rig.sessions.apply(tone_message("one-more", 30000)).error(), "");
  rig.pass(Milliseconds{100});
}

TEST_F(EndpointTest, RefusesWhatItCannotDo) {
  const struct {
    const char* sentence;
    void (*change)(api::Session&);
    const char* error;
  } rows[] = {
      {"two legs",
       [](api::Session& s) { *s.add_legs() = leg_message("198.51.100.1:20000", "10.0.1.1:5000"); },
       "one leg"},
      {"no G.711",
       [](api::Session& s) { s.mutable_legs(0)->mutable_payload_types(0)->set_encoding("G729"); },
       "PCMU or PCMA"},
      {"neither", [](api::Session& s) { s.mutable_endpoint()->clear_tone(); }, "tone or an echo"},
      {"both", [](api::Session& s) { s.mutable_endpoint()->set_echo(true); }, "tone or an echo"},
      {"an echo that listens alone",
       [](api::Session& s) {
         s.mutable_endpoint()->clear_tone();
         s.mutable_endpoint()->set_echo(true);
         s.mutable_endpoint()->set_listen(true);
       },
       "listens alone"},
      {"too low",
       [](api::Session& s) { s.mutable_endpoint()->mutable_tone()->set_frequency_hz(199); }, "199"},
      {"too high",
       [](api::Session& s) { s.mutable_endpoint()->mutable_tone()->set_frequency_hz(3401); },
       "3401"},
      {"too loud", [](api::Session& s) { s.mutable_endpoint()->mutable_tone()->set_level_dbm0(1); },
       "1 dBm0"},
  };
  for (const auto& row : rows) {
    api::Session message = tone_message();
    row.change(message);
    EXPECT_THAT(rig.sessions.apply(message).error(), HasSubstr(row.error)) << row.sentence;
    EXPECT_TRUE(rig.plane.flows.empty()) << row.sentence;
  }
}

}  // namespace
}  // namespace junctor::dp
