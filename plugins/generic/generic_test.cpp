// SPDX-License-Identifier: MIT
#include "plugins/generic/generic.hpp"

#include <gtest/gtest.h>

#include "plugins/sdk/test_kit.hpp"

namespace junctor::interop {
namespace {

TEST(Generic, DescriptorIsSound) {
  EXPECT_EQ(fault_of(kGeneric), "");
  EXPECT_EQ(junctor_plugin_descriptor(), &kGeneric);
  EXPECT_EQ(kGeneric.abi_version, kAbiVersion);
}

TEST(Generic, PassesMessagesAsTheyAre) {
  const std::string_view rows[] = {
      "INVITE sip:+4930123@192.0.2.9 SIP/2.0\n"
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n"
      "f: <sip:1000@192.0.2.1>;tag=a\n"
      "CSeq: 1 INVITE\n"
      "X-Unknown: kept\n"
      "Content-Type: application/sdp\n"
      "\n"
      "v=0\n",
      "SIP/2.0 200 OK\n"
      "CSeq: 1 INVITE\n",
      "OPTIONS sip:192.0.2.9 SIP/2.0\n"
      "CSeq: 7 OPTIONS\n",
  };
  const auto plugin = make_plugin(kGeneric);
  for (const std::string_view row : rows) {
    Message in = message_from_text(row);
    EXPECT_EQ(plugin->on_receive(in).kind, Verdict::Kind::Pass);
    EXPECT_EQ(text_of(in), row);
    Message out = message_from_text(row);
    EXPECT_EQ(plugin->on_send(out).kind, Verdict::Kind::Pass);
    EXPECT_EQ(text_of(out), row);
  }
}

TEST(Generic, PassesDescriptionsAsTheyAre) {
  const auto plugin = make_plugin(kGeneric);
  for (const SdpRole role : {SdpRole::Offer, SdpRole::Answer}) {
    Sdp sdp = audio_sdp("192.0.2.1", 4000, {"0 PCMU/8000", "101 telephone-event/8000 0-15"},
                        {"ptime:20", "sendonly"});
    const std::string before = text_of(sdp);
    EXPECT_EQ(plugin->on_receive_sdp(sdp, role).kind, Verdict::Kind::Pass);
    EXPECT_EQ(plugin->on_send_sdp(sdp, role).kind, Verdict::Kind::Pass);
    EXPECT_EQ(text_of(sdp), before);
  }
}

}  // namespace
}  // namespace junctor::interop
