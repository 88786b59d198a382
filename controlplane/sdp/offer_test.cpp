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

}  // namespace
}  // namespace junctor::cp
