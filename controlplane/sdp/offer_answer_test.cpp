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

// A small generator, so that the sequence is the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t n) {
    state_ = state_ * 1664525 + 1013904223;
    return (state_ >> 8) % n;
  }

 private:
  std::uint32_t state_;
};

// A peer's offer with some codecs, numbered as it likes.
Sdp random_offer(Dice& dice) {
  const Codec all[] = {{0, "PCMU", 8000, 1, ""},
                       {8, "PCMA", 8000, 1, ""},
                       {0, "opus", 48000, 2, ""},
                       {0, "iLBC", 8000, 1, "mode=20"},
                       {0, "AMR", 8000, 1, ""},
                       {0, "AMR", 8000, 1, "octet-align=1"},
                       {0, "telephone-event", 8000, 1, "0-15"}};
  std::vector<Codec> codecs;
  auto next = static_cast<std::uint8_t>(96 + dice.below(20));
  for (const Codec& c : all) {
    if (dice.below(2) == 0) continue;
    codecs.push_back(c);
    if (c.encoding != "PCMU" && c.encoding != "PCMA") codecs.back().payload_type = next++;
  }
  Sdp sdp = audio_sdp("192.0.2.9", 4000, {}, {});
  sdp.media[0].set_codecs(codecs);
  sdp.set_direction(sdp.media[0], static_cast<Direction>(dice.below(4)));
  if (dice.below(8) == 0) sdp.connection = interop::Connection{*IpAddress::parse("0.0.0.0"), ""};
  if (dice.below(4) == 0)
    sdp.media.insert(sdp.media.begin(), [] {
      interop::Media image;
      image.type = "image";
      image.port = 5000;
      image.protocol = "udptl";
      image.formats = {"t38"};
      return image;
    }());
  return sdp;
}

TEST(OfferAnswer, HoldsItsPromisesOverManyOffers) {
  const std::vector<std::string> policy = {"opus", "PCMA", "PCMU",
                                           "AMR",  "iLBC", "telephone-event"};
  Dice dice(1);
  Sdp sent;
  bool has_sent = false;
  int agreed = 0;
  for (int i = 0; i < 2000; ++i) {
    LocalSide local = side();
    local.previous = has_sent ? &sent : nullptr;
    const auto made = make_offer(random_offer(dice), policy, local);
    const Sdp* offer = std::get_if<Sdp>(&made);
    if (offer == nullptr) continue;
    if (has_sent) {
      // RFC 3264, section 8: lines stay, the version grows by one at a change; 8.3.2: numbers keep
      // their meaning.
      ASSERT_GE(offer->media.size(), sent.media.size());
      const bool is_same = text_of(*offer) == text_of(sent);
      ASSERT_EQ(offer->origin_version, sent.origin_version + (is_same ? 0 : 1));
      for (const Codec& now : offer->audio()->codecs()) {
        for (const Codec& before : sent.audio()->codecs()) {
          ASSERT_TRUE(now.payload_type != before.payload_type || now.same_format(before));
        }
      }
    }
    // The peer answers with what it likes of it; nothing else may come out as agreed.
    Sdp answer = random_offer(dice);
    const interop::Media line = answer.media.back();
    answer.media.assign(offer->media.size(), line);
    const auto checked = check_answer(*offer, answer);
    if (const Agreed* a = std::get_if<Agreed>(&checked)) {
      ++agreed;
      const Direction ours = offer->direction(*offer->audio());
      ASSERT_TRUE(!is_sending(a->direction) || is_receiving(ours));
      ASSERT_TRUE(!is_receiving(a->direction) || is_sending(ours));
      ASSERT_TRUE(!is_receiving(a->direction) || a->remote) << "who listens has an address";
    }
    sent = *offer;
    has_sent = true;
  }
  EXPECT_GT(agreed, 400) << "the dice must let some through";
}

}  // namespace
}  // namespace junctor::cp
