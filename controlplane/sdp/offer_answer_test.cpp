// SPDX-License-Identifier: MIT
#include "controlplane/sdp/offer_answer.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "controlplane/sdp/parser.hpp"
#include "controlplane/sdp/sdp_samples.hpp"
#include "plugins/sdk/test_kit.hpp"

namespace junctor::cp {
namespace {

using interop::audio_sdp;
using interop::Codec;
using interop::Direction;
using interop::Sdp;
using interop::text_of;

const std::vector<std::string> kPolicy = {"PCMU", "PCMA", "G722", "G729", "telephone-event", "CN"};

Sdp parsed(std::string_view text) {
  auto result = parse_sdp(text);
  EXPECT_TRUE(std::holds_alternative<Sdp>(result)) << text;
  return std::get<Sdp>(std::move(result));
}

LocalSide side(std::string_view rtp = "203.0.113.1:20000", std::uint64_t session_id = 77) {
  LocalSide local;
  local.rtp = *SocketAddress::parse(rtp);
  local.session_id = session_id;
  return local;
}

template <typename T>
T value(OrRefusal<T> outcome) {
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) {
    ADD_FAILURE() << refusal->reason;
    return {};
  }
  return std::get<T>(std::move(outcome));
}

template <typename T>
std::string refusal_of(const OrRefusal<T>& outcome) {
  const auto* r = std::get_if<Refusal>(&outcome);
  return r == nullptr
             ? ""
             : std::to_string(r->status) + " " + std::to_string(r->warning) + " " + r->reason;
}

std::string text_of_agreed(const Agreed& a) {
  std::string out = std::to_string(a.index) + " " + (a.remote ? a.remote->text() : "nowhere") +
                    " " + (a.remote_rtcp ? a.remote_rtcp->text() : "nowhere") +
                    (a.rtcp_mux ? " mux " : " ") +
                    std::string(interop::direction_name(a.direction));
  for (const AgreedCodec& c : a.codecs) {
    out += " " + std::to_string(c.codec.payload_type) + "=" + c.codec.encoding;
    if (c.receive_payload_type != c.codec.payload_type)
      out += "<" + std::to_string(c.receive_payload_type);
    if (!c.codec.fmtp.empty()) out += "(" + c.codec.fmtp + ")";
  }
  return out + " ptime " + std::to_string(a.ptime_ms);
}

TEST(MakeOffer, PassesCodecsAndHidesTheRest) {
  struct Row {
    std::string_view says, other;
    std::vector<std::string> policy;
    std::string_view offer;
  };
  const Row rows[] = {
      {"codecs in the order of the policy, numbers and ptime of the other side",
       samples::kAsteriskOffer,
       {"PCMA", "PCMU", "telephone-event"},
       "audio 20000 RTP/AVP [8 PCMA/8000] [0 PCMU/8000] [101 telephone-event/8000 0-16] ptime:20 "
       "sendrecv"},
      {"telephone-event keeps its odd number, ptime is passed on", samples::kAvayaOffer, kPolicy,
       "audio 20000 RTP/AVP [0 PCMU/8000] [18 G729/8000 annexb=no] [120 telephone-event/8000] "
       "ptime:60 "
       "sendrecv"},
      {"hold by the null address is said with a direction", samples::kCucmHold, kPolicy,
       "audio 20000 RTP/AVP [0 PCMU/8000] [101 telephone-event/8000 0-15] ptime:20 sendonly"},
      {"hold by inactive", samples::kLyncHold, kPolicy,
       "audio 20000 RTP/AVP [0 PCMU/8000] [101 telephone-event/8000 0-16] ptime:20 inactive"},
      {"only the audio is offered on", samples::kT38Offer, kPolicy,
       "audio 20000 RTP/AVP [0 PCMU/8000] [8 PCMA/8000] [18 G729/8000] [101 telephone-event/8000 "
       "0-15] "
       "sendrecv"},
      {"feedback and mux are of one leg, Opus and maxptime pass",
       samples::kIpv6Offer,
       {"opus", "PCMU", "telephone-event"},
       "audio 20000 RTP/AVP [109 opus/48000/2 useinbandfec=1;stereo=0] [0 PCMU/8000] "
       "[101 telephone-event/8000] maxptime:60 sendrecv"},
      {"names of codecs compare without regard to case",
       samples::kAsteriskOffer,
       {"gsm"},
       "audio 20000 RTP/AVP [3 GSM/8000] ptime:20 sendrecv"},
      {"voice comes first whatever the policy says",
       samples::kAsteriskOffer,
       {"telephone-event", "PCMA"},
       "audio 20000 RTP/AVP [8 PCMA/8000] [101 telephone-event/8000 0-16] ptime:20 sendrecv"},
  };
  for (const Row& r : rows) {
    const Sdp offer = value(make_offer(parsed(r.other), r.policy, side()));
    EXPECT_EQ(text_of(offer), r.offer) << r.says;
  }
}

TEST(MakeOffer, NothingOfTheOtherSideIsSeen) {
  const Sdp offer = value(make_offer(parsed(samples::kAvayaOffer), kPolicy, side()));
  EXPECT_EQ(print_sdp(offer),
            "v=0\r\n"
            "o=- 77 1 IN IP4 203.0.113.1\r\n"
            "s=-\r\n"
            "c=IN IP4 203.0.113.1\r\n"
            "t=0 0\r\n"
            "m=audio 20000 RTP/AVP 0 18 120\r\n"
            "a=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:18 G729/8000\r\n"
            "a=fmtp:18 annexb=no\r\n"
            "a=rtpmap:120 telephone-event/8000\r\n"
            "a=ptime:60\r\n"
            "a=sendrecv\r\n");
}

TEST(MakeOffer, SaysWhyItCannot) {
  struct Row {
    std::string_view says;
    Sdp other;
    std::vector<std::string> policy;
    std::string_view refusal;
  };
  Sdp refused = parsed(samples::kAsteriskOffer);
  refused.media[0].port = 0;
  const Row rows[] = {
      {"SRTP", parsed(samples::kTeamsOffer), kPolicy,
       "488 302 audio over RTP/SAVP is not supported, RTP/AVP is"},
      {"no media at all", Sdp{}, kPolicy, "488 304 there is no audio"},
      {"audio that is switched off", refused, kPolicy, "488 304 there is no audio"},
      {"no codec in common",
       parsed(samples::kAsteriskOffer),
       {"G729"},
       "488 305 there is no codec that both sides have"},
      {"telephone events alone are no voice",
       parsed(samples::kAsteriskOffer),
       {"telephone-event"},
       "488 305 there is no codec that both sides have"},
  };
  for (const Row& r : rows)
    EXPECT_EQ(refusal_of(make_offer(r.other, r.policy, side())), r.refusal) << r.says;
}

TEST(MakeOffer, FromThePolicyWhereThereIsNoOffer) {
  const std::vector<std::string> policy = {
      "G729", "opus", "PCMA", "speex", "nonsense", "telephone-event", "pcma"};
  LocalSide local = side();
  local.rtcp_mux = true;
  const Sdp offer = value(make_offer(policy_codecs(policy), local));
  EXPECT_EQ(text_of(offer),
            "audio 20000 RTP/AVP [18 G729/8000 annexb=no] [96 opus/48000/2] [8 PCMA/8000] [97 "
            "speex/8000] "
            "[101 telephone-event/8000 0-15] rtcp-mux sendrecv");
  EXPECT_EQ(refusal_of(make_offer(policy_codecs(std::vector<std::string>{"CN"}), local)),
            "488 305 there is no codec that both sides have");
}

TEST(MakeOffer, CarriesOnFromThePreviousDescription) {
  // What we answered on this leg: the audio second, telephone-event 120, version 4.
  Sdp previous = audio_sdp("203.0.113.1", 20000, {"0 PCMU/8000", "120 telephone-event/8000 0-15"},
                           {"sendrecv"});
  previous.origin_id = 9;
  previous.origin_version = 4;
  interop::Media image;
  image.type = "image";
  image.protocol = "udptl";
  image.formats = {"t38"};
  previous.media.insert(previous.media.begin(), image);
  LocalSide local = side();
  local.previous = &previous;

  const Codec pcmu{0, "PCMU", 8000, 1, ""};
  const Codec events{101, "telephone-event", 8000, 1, "0-15"};
  const Codec opus{120, "opus", 48000, 2, ""};
  struct Row {
    std::string_view says;
    std::vector<Codec> codecs;
    Direction direction;
    std::uint64_t version;
    std::string_view offer;
  };
  const Row rows[] = {
      {"a refresh keeps version, lines and numbers",
       {pcmu, events},
       Direction::SendRecv,
       4,
       "image 0 udptl\naudio 20000 RTP/AVP [0 PCMU/8000] [120 telephone-event/8000 0-15] sendrecv"},
      {"hold is another version",
       {pcmu, events},
       Direction::SendOnly,
       5,
       "image 0 udptl\naudio 20000 RTP/AVP [0 PCMU/8000] [120 telephone-event/8000 0-15] sendonly"},
      {"a number that is taken is not given to another codec",
       {opus, pcmu},
       Direction::SendRecv,
       5,
       "image 0 udptl\naudio 20000 RTP/AVP [96 opus/48000/2] [0 PCMU/8000] sendrecv"},
  };
  for (const Row& r : rows) {
    local.direction = r.direction;
    const Sdp offer = value(make_offer(r.codecs, local));
    EXPECT_EQ(text_of(offer), r.offer) << r.says;
    EXPECT_EQ(offer.origin_version, r.version) << r.says;
    EXPECT_EQ(offer.origin_id, 9U) << r.says;
  }
}

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

TEST(Codecs, ThatAreJoinedAndThatAreNot) {
  struct Row {
    std::string_view says, offered, answered;
    bool same;
  };
  const Row rows[] = {
      {"octet-aligned AMR is another stream", "96 AMR/8000 octet-align=1", "96 AMR/8000", false},
      {"the default said is the default", "96 AMR/8000 octet-align=0; mode-set=7", "96 AMR/8000",
       true},
      {"G.722.1 of two rates", "96 G7221/16000 bitrate=24000", "96 G7221/16000 bitrate=32000",
       false},
      {"iLBC agrees on its mode", "96 iLBC/8000 mode=20", "96 iLBC/8000 mode=30", true},
      {"two clock rates are two codecs", "96 speex/8000", "96 speex/16000", false},
  };
  for (const Row& r : rows) {
    const Sdp offer = audio_sdp("203.0.113.1", 20000, {r.offered});
    const Sdp answer = audio_sdp("192.0.2.9", 4000, {r.answered});
    EXPECT_EQ(refusal_of(check_answer(offer, answer)).empty(), r.same) << r.says;
  }
}

TEST(PayloadMap, HasTheSendingNumberFirst) {
  Agreed agreed;
  agreed.codecs = {{{0, "PCMU", 8000, 1, ""}, 0},
                   {{96, "AMR", 8000, 1, "octet-align=1;mode-set=7"}, 97},
                   {{97, "telephone-event", 8000, 1, "0-15"}, 101}};
  std::string text;
  for (const PayloadMapping& m : payload_map(agreed)) {
    text += std::to_string(m.number) + "=" + m.encoding + "(" + m.format + ") ";
  }
  EXPECT_EQ(text, "0=PCMU() 96=AMR(octet-align=1) 97=telephone-event() 101=telephone-event() ");
}

TEST(ChangesOf, ADescription) {
  const Sdp before =
      audio_sdp("192.0.2.9", 4000, {"0 PCMU/8000", "101 telephone-event/8000 0-15"}, {"ptime:20"});
  const auto with = [&](auto change) {
    Sdp sdp = before;
    change(sdp, sdp.media[0]);
    return sdp;
  };
  using M = interop::Media;
  const auto null_address = with([](Sdp& s, M&) {
    s.connection = interop::Connection{*IpAddress::parse("0.0.0.0"), ""};
  });
  struct Row {
    std::string_view says;
    Sdp after;
    bool direction, address, codecs;
  };
  const Row rows[] = {
      {"a refresh with the same version", before, false, false, false},
      {"a refresh with a new version", with([](Sdp& s, M&) { s.origin_version++; }), false, false,
       false},
      {"hold", with([](Sdp& s, M& m) { s.set_direction(m, Direction::SendOnly); }), true, false,
       false},
      {"hold by the null address is no new address", null_address, true, false, false},
      {"another port", with([](Sdp&, M& m) { m.port = 5000; }), false, true, false},
      {"another RTCP port", with([](Sdp&, M& m) { m.set_attribute("rtcp", "5555"); }), false, true,
       false},
      {"mux", with([](Sdp&, M& m) { m.set_flag("rtcp-mux"); }), false, true, false},
      {"ptime", with([](Sdp&, M& m) { m.set_attribute("ptime", "30"); }), false, false, true},
      {"another codec", with([](Sdp&, M& m) {
         m.set_codecs({{8, "PCMA", 8000, 1, ""}});
       }),
       false, false, true},
      {"another order of codecs is another preference", with([](Sdp&, M& m) {
         m.set_codecs({{101, "telephone-event", 8000, 1, "0-15"}, {0, "PCMU", 8000, 1, ""}});
       }),
       false, false, true},
      {"what nobody knows", with([](Sdp&, M& m) { m.set_attribute("x", "1"); }), false, false,
       false},
      {"the audio is gone", with([](Sdp&, M& m) { m.port = 0; }), true, true, true},
  };
  for (const Row& r : rows) {
    const Changes c = changes(before, r.after);
    EXPECT_EQ(c.direction, r.direction) << r.says;
    EXPECT_EQ(c.address, r.address) << r.says;
    EXPECT_EQ(c.codecs, r.codecs) << r.says;
  }
}

TEST(OfferAnswer, WholeCallThroughTheGateway) {
  // An Avaya calls a mediation server: 120 and ptime 60 on one leg, 120 kept on the other, where
  // 101 answers it.
  const Sdp offer_a = parsed(samples::kAvayaOffer);
  const Sdp offer_b = value(make_offer(offer_a, kPolicy, side("203.0.113.1:20000")));
  const Agreed agreed_b = value(check_answer(offer_b, parsed(samples::kLyncAnswer)));
  LocalSide local_a = side("198.51.100.1:30000");
  local_a.ptime_ms = agreed_b.ptime_ms;
  local_a.direction = agreed_b.direction;
  const Answer answer_a = value(make_answer(offer_a, agreed_b.codec_list(), local_a));
  EXPECT_EQ(text_of(answer_a.sdp),
            "audio 30000 RTP/AVP [0 PCMU/8000] [120 telephone-event/8000 0-15] ptime:20 sendrecv");
  EXPECT_EQ(text_of_agreed(agreed_b),
            "0 192.168.100.21:62602 192.168.100.21:62603 sendrecv 0=PCMU "
            "101=telephone-event<120(0-15) ptime 20");

  // The server holds by inactive; the PBX hears inactive in its own numbers and agrees.
  const Sdp hold = parsed(samples::kLyncHold);
  EXPECT_TRUE(changes(parsed(samples::kLyncAnswer), hold).direction);
  LocalSide again = local_a;
  again.previous = &answer_a.sdp;
  again.ptime_ms = 0;
  again.direction = Direction::SendRecv;
  const Sdp reoffer_a = value(make_offer(hold, kPolicy, again));
  EXPECT_EQ(text_of(reoffer_a),
            "audio 30000 RTP/AVP [0 PCMU/8000] [120 telephone-event/8000 0-16] ptime:20 inactive");
  EXPECT_EQ(reoffer_a.origin_version, answer_a.sdp.origin_version + 1);
}

}  // namespace
}  // namespace junctor::cp
