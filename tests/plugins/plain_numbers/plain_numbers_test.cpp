// SPDX-License-Identifier: MIT
#include "tests/plugins/plain_numbers/plain_numbers.hpp"

#include <gtest/gtest.h>

#include "plugins/sdk/test_kit.hpp"

namespace junctor::interop {
namespace {

using Kind = Verdict::Kind;

struct Row {
  std::string_view says, in, out;
  Kind kind;
};

TEST(PlainNumbers, DescriptorIsSound) { EXPECT_EQ(fault_of(kPlainNumbers), ""); }

TEST(PlainNumbers, RemovesThePlusTowardsThePeer) {
  const Row rows[] = {
      {"everywhere in a request",
       "INVITE sip:+4930123456@pbx SIP/2.0\nFrom: \"A\" <sip:+33155@gw>;tag=1\nTo: "
       "<sip:+4930123456@pbx>\n",
       "INVITE sip:4930123456@pbx SIP/2.0\nFrom: \"A\" <sip:33155@gw>;tag=1\nTo: "
       "<sip:4930123456@pbx>\n",
       Kind::Rewritten},
      {"in a response too", "SIP/2.0 200 OK\nTo: <sips:+4930123456@gw>;tag=2\n",
       "SIP/2.0 200 OK\nTo: <sips:4930123456@gw>;tag=2\n", Kind::Rewritten},
      {"in a tel URI", "INVITE tel:+4930123456;phone-context=x SIP/2.0\n",
       "INVITE tel:4930123456;phone-context=x SIP/2.0\n", Kind::Rewritten},
      {"a '+' elsewhere stays", "INVITE sip:a+b@pbx SIP/2.0\nSubject: 1+1\n",
       "INVITE sip:a+b@pbx SIP/2.0\nSubject: 1+1\n", Kind::Pass},
      {"a lone '+' is no number", "INVITE sip:+@pbx SIP/2.0\n", "INVITE sip:+@pbx SIP/2.0\n",
       Kind::Pass},
  };
  const auto plugin = make_plugin(kPlainNumbers);
  for (const Row& r : rows) {
    Message m = message_from_text(r.in);
    EXPECT_EQ(plugin->on_send(m).kind, r.kind) << r.says;
    EXPECT_EQ(text_of(m), r.out) << r.says;
  }
}

TEST(PlainNumbers, AddsThePlusFromThePeer) {
  const Row rows[] = {
      {"to numbers that are long enough",
       "INVITE sip:4930123456@gw SIP/2.0\nFrom: <sip:1000@pbx>;tag=1\nP-Asserted-Identity: "
       "<sip:4930777777@pbx>\n",
       "INVITE sip:+4930123456@gw SIP/2.0\nFrom: <sip:1000@pbx>;tag=1\nP-Asserted-Identity: "
       "<sip:+4930777777@pbx>\n",
       Kind::Rewritten},
      {"not to names", "INVITE sip:operator1@gw SIP/2.0\n", "INVITE sip:operator1@gw SIP/2.0\n",
       Kind::Pass},
      {"not twice", "INVITE sip:+4930123456@gw SIP/2.0\n", "INVITE sip:+4930123456@gw SIP/2.0\n",
       Kind::Pass},
      {"a host without user stays", "OPTIONS sip:192.0.2.1 SIP/2.0\n",
       "OPTIONS sip:192.0.2.1 SIP/2.0\n", Kind::Pass},
      {"a message without numbers passes", "SIP/2.0 100 Trying\n", "SIP/2.0 100 Trying\n",
       Kind::Pass},
  };
  const auto plugin = make_plugin(kPlainNumbers);
  for (const Row& r : rows) {
    Message m = message_from_text(r.in);
    EXPECT_EQ(plugin->on_receive(m).kind, r.kind) << r.says;
    EXPECT_EQ(text_of(m), r.out) << r.says;
  }
}

TEST(PlainNumbers, RefusesAnonymousCallersIfTold) {
  struct Case {
    std::string_view says, option, message;
    std::uint16_t status;
  };
  constexpr std::string_view kInvite =
      "INVITE sip:1@gw SIP/2.0\nFrom: <sip:Anonymous@anonymous.invalid>;tag=1\n";
  constexpr std::string_view kBye =
      "BYE sip:1@gw SIP/2.0\nFrom: <sip:anonymous@anonymous.invalid>;tag=1\n";
  const Case cases[] = {
      {"told to refuse", "refuse", kInvite, 433},
      {"told to allow", "allow", kInvite, 0},
      {"other requests are of calls that were taken", "refuse", kBye, 0},
  };
  for (const Case& c : cases) {
    const auto plugin = make_plugin(kPlainNumbers, {{"anonymous", std::string(c.option)}});
    Message m = message_from_text(c.message);
    const Verdict verdict = plugin->on_receive(m);
    EXPECT_EQ(verdict.status, c.status) << c.says;
    EXPECT_EQ(verdict.kind == Kind::Refuse, c.status != 0) << c.says;
  }
}

TEST(PlainNumbers, SaysHoldAsInactive) {
  struct Case {
    std::string_view says, option, direction;
    SdpRole role;
    std::string_view sent;
  };
  const Case cases[] = {
      {"an offer of hold", "inactive", "sendonly", SdpRole::Offer, "inactive"},
      {"told to leave it", "as_is", "sendonly", SdpRole::Offer, "sendonly"},
      {"an answer says what it must", "inactive", "sendonly", SdpRole::Answer, "sendonly"},
      {"no hold", "inactive", "sendrecv", SdpRole::Offer, "sendrecv"},
  };
  for (const Case& c : cases) {
    const auto plugin = make_plugin(kPlainNumbers, {{"hold", std::string(c.option)}});
    Sdp sdp = audio_sdp("192.0.2.1", 4000, {"0 PCMU/8000"}, {c.direction});
    const Verdict verdict = plugin->on_send_sdp(sdp, c.role);
    EXPECT_EQ(text_of(sdp), "audio 4000 RTP/AVP [0 PCMU/8000] " + std::string(c.sent)) << c.says;
    EXPECT_EQ(verdict.kind == Kind::Rewritten, c.direction != c.sent) << c.says;
  }
}

}  // namespace
}  // namespace junctor::interop
