// SPDX-License-Identifier: MIT
#include "controlplane/sdp/offer_answer.hpp"

#include "controlplane/sdp/sdp_test_kit.hpp"

namespace junctor::cp {
namespace {

using interop::audio_sdp;
using interop::Codec;
using interop::Direction;
using interop::Sdp;
using interop::text_of;

TEST(CheckAnswer, TellsWhatIsAgreed) {
  const Sdp plain = audio_sdp(
      "203.0.113.1", 20000,
      {"0 PCMU/8000", "18 G729/8000 annexb=no", "101 telephone-event/8000 0-16"}, {"sendrecv"});
  Sdp held = plain;
  held.set_direction(held.media[0], Direction::SendOnly);
  Sdp mux = plain;
  mux.media[0].set_flag("rtcp-mux");
  const auto answer = [](std::initializer_list<std::string_view> codecs,
                         std::initializer_list<std::string_view> attributes = {},
                         std::string_view address = "192.0.2.9") {
    Sdp sdp = audio_sdp("192.0.2.9", 4000, codecs, attributes);
    sdp.connection =
        interop::Connection{IpAddress::parse(address).value_or(IpAddress{}), std::string(address)};
    return sdp;
  };
  struct Row {
    std::string_view says;
    Sdp offer, answer;
    std::string_view agreed;
  };
  const Row rows[] = {
      {"a mediation server", plain, parsed(samples::kLyncAnswer),
       "0 192.168.100.21:62602 192.168.100.21:62603 sendrecv 0=PCMU 101=telephone-event(0-16) "
       "ptime 20"},
      {"events are those of both", plain,
       answer({"0 PCMU/8000", "101 telephone-event/8000 0-11,66"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 0=PCMU 101=telephone-event(0-11) ptime 0"},
      {"another number in the answer: each side sends what the other wrote", plain,
       answer({"0 PCMU/8000", "97 TELEPHONE-EVENT/8000"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 0=PCMU 97=TELEPHONE-EVENT<101(0-15) ptime 0"},
      {"codecs that were not offered are left out", plain, answer({"8 PCMA/8000", "0 PCMU/8000"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 0=PCMU ptime 0"},
      {"annexb=no of the offer holds", plain, answer({"18 G729/8000"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 18=G729(annexb=no) ptime 0"},
      {"hold answered by recvonly", held, answer({"0 PCMU/8000"}, {"recvonly"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 recvonly 0=PCMU ptime 0"},
      {"hold answered without a direction is recvonly", held, answer({"0 PCMU/8000"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 recvonly 0=PCMU ptime 0"},
      {"hold answered by hold", held, answer({"0 PCMU/8000"}, {"sendonly"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 inactive 0=PCMU ptime 0"},
      {"the null address: the peer does not listen", plain, answer({"0 PCMU/8000"}, {}, "0.0.0.0"),
       "0 nowhere nowhere sendonly 0=PCMU ptime 0"},
      {"a host name: the source will tell", plain, answer({"0 PCMU/8000"}, {}, "pbx.example.com"),
       "0 nowhere nowhere sendrecv 0=PCMU ptime 0"},
      {"mux that we asked for", mux, answer({"0 PCMU/8000"}, {"rtcp-mux"}),
       "0 192.0.2.9:4000 192.0.2.9:4000 mux sendrecv 0=PCMU ptime 0"},
      {"mux that we did not ask for", plain, answer({"0 PCMU/8000"}, {"rtcp-mux"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 0=PCMU ptime 0"},
      {"RTCP elsewhere", plain, answer({"0 PCMU/8000"}, {"rtcp:5555 IN IP4 192.0.2.10"}),
       "0 192.0.2.9:4000 192.0.2.10:5555 sendrecv 0=PCMU ptime 0"},
      {"RTCP to a group is not followed", plain,
       answer({"0 PCMU/8000"}, {"rtcp:5555 IN IP4 224.0.0.1"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 0=PCMU ptime 0"},
      {"a ptime beyond reason is none", plain, answer({"0 PCMU/8000"}, {"ptime:4000000000"}),
       "0 192.0.2.9:4000 192.0.2.9:4001 sendrecv 0=PCMU ptime 0"},
  };
  for (const Row& r : rows) {
    EXPECT_EQ(text_of_agreed(value(check_answer(r.offer, r.answer))), r.agreed) << r.says;
  }
}

TEST(CheckAnswer, SaysWhatIsWrong) {
  const Sdp offer = audio_sdp("203.0.113.1", 20000, {"0 PCMU/8000", "101 telephone-event/8000"});
  const auto changed = [](auto change) {
    Sdp sdp = audio_sdp("192.0.2.9", 4000, {"0 PCMU/8000"});
    change(sdp);
    return sdp;
  };
  const auto at = [&](std::string_view address) {
    return changed([address](Sdp& s) {
      s.connection = interop::Connection{*IpAddress::parse(address), ""};
    });
  };
  struct Row {
    std::string_view says;
    Sdp answer;
    std::string_view refusal;
  };
  const Row rows[] = {
      {"no line", changed([](Sdp& s) { s.media.clear(); }),
       "488 399 the answer has fewer m= lines than the offer"},
      {"refused", changed([](Sdp& s) { s.media[0].port = 0; }),
       "488 304 the answer refuses the audio"},
      {"other media", changed([](Sdp& s) { s.media[0].type = "video"; }),
       "488 302 the answer is of another kind than the offer"},
      {"other protocol", changed([](Sdp& s) { s.media[0].protocol = "RTP/SAVP"; }),
       "488 302 the answer is of another kind than the offer"},
      {"no address", changed([](Sdp& s) { s.connection.reset(); }), "488 399 there is no c= line"},
      {"a group", at("224.2.1.1"), "488 330 media goes to single hosts only"},
      {"everyone", at("255.255.255.255"), "488 330 media goes to single hosts only"},
      {"the other family", at("2001:db8::1"), "488 301 only IPv4 addresses can be reached here"},
      {"events only", changed([](Sdp& s) {
         s.media[0].set_codecs({{101, "telephone-event", 8000, 1, ""}});
       }),
       "488 305 the answer has none of the offered codecs"},
      {"nothing that was offered", changed([](Sdp& s) {
         s.media[0].set_codecs({{8, "PCMA", 8000, 1, ""}});
       }),
       "488 305 the answer has none of the offered codecs"},
  };
  for (const Row& r : rows)
    EXPECT_EQ(refusal_of(check_answer(offer, r.answer)), r.refusal) << r.says;
}

TEST(CheckAnswer, TakesTheOfferAsTheDialectLeftIt) {
  Sdp offer = audio_sdp("203.0.113.1", 20000, {"0 PCMU/8000"});
  const Sdp answer = audio_sdp("192.0.2.9", 4000, {"0 PCMU/8000"});
  const Sdp answer_v6 = audio_sdp("2001:db8::9", 4000, {"0 PCMU/8000"});
  offer.media[0].connection = std::exchange(offer.connection, std::nullopt);
  EXPECT_EQ(refusal_of(check_answer(offer, answer)), "") << "c= of the media";
  EXPECT_EQ(refusal_of(check_answer(offer, answer_v6)),
            "488 301 only IPv4 addresses can be reached here");
  offer.media[0].connection.reset();
  EXPECT_EQ(refusal_of(check_answer(offer, answer)), "") << "no c= at all";
  offer.media[0].port = 0;
  EXPECT_EQ(refusal_of(check_answer(offer, answer)), "488 304 there was no audio in the offer");
}

TEST(MakeAnswer, AnswersInTheNumbersOfTheOffer) {
  const std::vector<Codec> pcmu_events = {{0, "PCMU", 8000, 1, ""},
                                          {101, "telephone-event", 8000, 1, "0-16"}};
  const std::vector<Codec> opus = {{96, "OPUS", 48000, 2, "useinbandfec=0"}};
  struct Row {
    std::string_view says, offer;
    std::vector<Codec> accepted;
    std::string_view local, answer, agreed;
  };
  const Row rows[] = {
      {"an old PBX", samples::kAsteriskOffer, pcmu_events, "203.0.113.1:20000",
       "audio 20000 RTP/AVP [0 PCMU/8000] [101 telephone-event/8000 0-16] sendrecv",
       "0 192.168.100.10:11954 192.168.100.10:11955 sendrecv 0=PCMU 101=telephone-event(0-16) "
       "ptime 20"},
      {"telephone-event is 120 here although 101 there", samples::kAvayaOffer, pcmu_events,
       "203.0.113.1:20000",
       "audio 20000 RTP/AVP [0 PCMU/8000] [120 telephone-event/8000 0-15] sendrecv",
       "0 10.10.1.20:2056 10.10.1.20:2057 sendrecv 0=PCMU 120=telephone-event(0-15) ptime 60"},
      {"image and video are refused, the audio is not",
       samples::kT38Offer,
       {{18, "G729", 8000, 1, "annexb=no"}, {8, "PCMA", 8000, 1, ""}},
       "203.0.113.1:20000",
       "image 0 udptl\naudio 20000 RTP/AVP [18 G729/8000 annexb=no] [8 PCMA/8000] sendrecv\n"
       "video 0 RTP/AVP [31 H261/90000]",
       "1 46.19.209.14:40002 46.19.209.14:40003 sendrecv 18=G729(annexb=no) 8=PCMA ptime 0"},
      {"IPv6 with feedback: the profile is kept, the feedback is not taken", samples::kIpv6Offer,
       opus, "[2001:db8::1]:20000",
       "audio 20000 RTP/AVPF [109 opus/48000/2 useinbandfec=0] sendrecv",
       "0 [2001:db8::22]:54400 [2001:db8::22]:54401 sendrecv 109=opus(useinbandfec=0) ptime 0"},
      {"hold by the null address", samples::kCucmHold, pcmu_events, "203.0.113.1:20000",
       "audio 20000 RTP/AVP [0 PCMU/8000] [101 telephone-event/8000 0-15] recvonly",
       "0 nowhere nowhere sendonly 0=PCMU 101=telephone-event(0-15) ptime 20"},
      {"hold by inactive", samples::kLyncHold, pcmu_events, "203.0.113.1:20000",
       "audio 20000 RTP/AVP [0 PCMU/8000] [101 telephone-event/8000 0-16] inactive",
       "0 192.168.100.21:62602 192.168.100.21:62603 inactive 0=PCMU 101=telephone-event(0-16) "
       "ptime 20"},
  };
  for (const Row& r : rows) {
    const Answer answer = value(make_answer(parsed(r.offer), r.accepted, side(r.local)));
    EXPECT_EQ(text_of(answer.sdp), r.answer) << r.says;
    EXPECT_EQ(text_of_agreed(answer.agreed), r.agreed) << r.says;
    EXPECT_TRUE(std::holds_alternative<Sdp>(parse_sdp(print_sdp(answer.sdp)))) << r.says;
  }
}

TEST(MakeAnswer, GrantsMuxOnlyWhereItWasAskedFor) {
  LocalSide local = side("[2001:db8::1]:20000");
  local.rtcp_mux = true;
  const std::vector<Codec> pcmu = {{0, "PCMU", 8000, 1, ""}};
  Sdp offer = parsed(samples::kIpv6Offer);
  Answer answer = value(make_answer(offer, pcmu, local));
  EXPECT_EQ(text_of(answer.sdp), "audio 20000 RTP/AVPF [0 PCMU/8000] rtcp-mux sendrecv");
  EXPECT_EQ(answer.agreed.remote_rtcp, answer.agreed.remote);
  offer.media[0].remove_attribute("rtcp-mux");
  answer = value(make_answer(offer, pcmu, local));
  EXPECT_EQ(text_of(answer.sdp), "audio 20000 RTP/AVPF [0 PCMU/8000] sendrecv");
}

TEST(MakeAnswer, SaysWhyItCannot) {
  struct Row {
    std::string_view says, offer;
    std::vector<Codec> accepted;
    std::string_view local, refusal;
  };
  const std::vector<Codec> pcmu = {{0, "PCMU", 8000, 1, ""}};
  const Row rows[] = {
      {"SRTP", samples::kTeamsOffer, pcmu, "203.0.113.1:20000",
       "488 302 audio over RTP/SAVP is not supported, RTP/AVP is"},
      {"nothing accepted",
       samples::kAsteriskOffer,
       {},
       "203.0.113.1:20000",
       "488 305 there is no codec that both sides have"},
      {"accepted what was not offered",
       samples::kLyncHold,
       {{8, "PCMA", 8000, 1, ""}},
       "203.0.113.1:20000",
       "488 305 there is no codec that both sides have"},
      {"IPv6 to an IPv4 leg", samples::kIpv6Offer, pcmu, "203.0.113.1:20000",
       "488 301 only IPv4 addresses can be reached here"},
      {"IPv4 to an IPv6 leg", samples::kAsteriskOffer, pcmu, "[2001:db8::1]:20000",
       "488 301 only IPv6 addresses can be reached here"},
  };
  for (const Row& r : rows) {
    EXPECT_EQ(refusal_of(make_answer(parsed(r.offer), r.accepted, side(r.local))), r.refusal)
        << r.says;
  }
}

TEST(MakeAnswer, DirectionFollowsBothSides) {
  struct Row {
    Direction offered, other_leg, answered;
  };
  using D = Direction;
  // RFC 3264, section 6.1: what was offered, seen from here, as far as the other leg does it.
  const Row rows[] = {
      {D::SendRecv, D::SendRecv, D::SendRecv}, {D::SendRecv, D::RecvOnly, D::RecvOnly},
      {D::SendRecv, D::SendOnly, D::SendOnly}, {D::SendRecv, D::Inactive, D::Inactive},
      {D::SendOnly, D::SendRecv, D::RecvOnly}, {D::SendOnly, D::RecvOnly, D::RecvOnly},
      {D::SendOnly, D::SendOnly, D::Inactive}, {D::SendOnly, D::Inactive, D::Inactive},
      {D::RecvOnly, D::SendRecv, D::SendOnly}, {D::RecvOnly, D::RecvOnly, D::Inactive},
      {D::RecvOnly, D::SendOnly, D::SendOnly}, {D::RecvOnly, D::Inactive, D::Inactive},
      {D::Inactive, D::SendRecv, D::Inactive}, {D::Inactive, D::RecvOnly, D::Inactive},
      {D::Inactive, D::SendOnly, D::Inactive}, {D::Inactive, D::Inactive, D::Inactive},
  };
  const std::vector<Codec> pcmu = {{0, "PCMU", 8000, 1, ""}};
  for (const Row& r : rows) {
    Sdp offer = audio_sdp("192.0.2.9", 4000, {"0 PCMU/8000"});
    offer.set_direction(offer.media[0], r.offered);
    LocalSide local = side();
    local.direction = r.other_leg;
    const Answer answer = value(make_answer(offer, pcmu, local));
    EXPECT_EQ(answer.sdp.direction(answer.sdp.media[0]), r.answered);
    EXPECT_EQ(answer.agreed.direction, reverse(r.answered));
  }
}

TEST(CheckOffer, ShowsWhatAnOfferAsksFor) {
  EXPECT_EQ(text_of_agreed(value(check_offer(parsed(samples::kCucmHold), kPolicy, side()))),
            "0 nowhere nowhere sendonly 0=PCMU 101=telephone-event(0-15) ptime 20");
  EXPECT_EQ(
      refusal_of(check_offer(parsed(samples::kCucmHold), std::vector<std::string>{"G729"}, side())),
      "488 305 none of the offered codecs is allowed");
  EXPECT_EQ(refusal_of(check_offer(parsed(samples::kTeamsOffer), kPolicy, side())),
            "488 302 audio over RTP/SAVP is not supported, RTP/AVP is");
}

}  // namespace
}  // namespace junctor::cp
