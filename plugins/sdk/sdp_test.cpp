// SPDX-License-Identifier: MIT
#include "plugins/sdk/sdp.hpp"

#include <gtest/gtest.h>

#include "plugins/sdk/test_kit.hpp"

namespace junctor::interop {
namespace {

Media media_of(std::vector<std::string> formats, std::vector<Attribute> attributes) {
  Media m;
  m.type = "audio";
  m.port = 4000;
  m.protocol = "RTP/AVP";
  m.formats = std::move(formats);
  m.attributes = std::move(attributes);
  return m;
}

Attribute attribute(std::string name, std::string value) {
  return {std::move(name), std::move(value), true};
}

std::string codecs_text(const Media& m) {
  std::string out;
  for (const Codec& c : m.codecs()) {
    out += (out.empty() ? "" : " ") + std::to_string(c.payload_type) + "=" + c.encoding + "/" +
           std::to_string(c.clock_rate) + "/" + std::to_string(c.channels) +
           (c.fmtp.empty() ? "" : "(" + c.fmtp + ")");
  }
  return out;
}

TEST(Media, ReadsItsCodecs) {
  struct Row {
    std::string_view says;
    Media media;
    std::string_view codecs;
  };
  const Row rows[] = {
      {"static payload types need no rtpmap", media_of({"0", "8", "18", "9"}, {}),
       "0=PCMU/8000/1 8=PCMA/8000/1 18=G729/8000/1 9=G722/8000/1"},
      {"rtpmap and fmtp belong to their number",
       media_of({"96", "101"},
                {attribute("fmtp", "101 0-15"), attribute("rtpmap", "96 opus/48000/2"),
                 attribute("rtpmap", "101 telephone-event/8000")}),
       "96=opus/48000/2 101=telephone-event/8000/1(0-15)"},
      {"a rtpmap overrides the static meaning", media_of({"0"}, {attribute("rtpmap", "0 L8/8000")}),
       "0=L8/8000/1"},
      {"a dynamic number without rtpmap means nothing", media_of({"97", "0"}, {}), "0=PCMU/8000/1"},
      {"each number counts once", media_of({"0", "0", "8"}, {}), "0=PCMU/8000/1 8=PCMA/8000/1"},
      {"numbers above 127 and words are no payload types",
       media_of({"128", "x", "-1", "", "0"}, {}), "0=PCMU/8000/1"},
      {"a broken rtpmap leaves its number out",
       media_of({"96", "97", "98", "99"},
                {attribute("rtpmap", "96 X/0"), attribute("rtpmap", "97 X"),
                 attribute("rtpmap", "98 X/99999999999"), attribute("rtpmap", "99 X/8000/0")}),
       ""},
  };
  for (const Row& r : rows) EXPECT_EQ(codecs_text(r.media), r.codecs) << r.says;
}

TEST(Media, ReplacesItsCodecsInPlace) {
  Media m =
      media_of({"0", "96"}, {attribute("label", "Audio"), attribute("rtpmap", "96 opus/48000/2"),
                             attribute("fmtp", "96 useinbandfec=1"), attribute("ptime", "20")});
  m.set_codecs({{8, "PCMA", 8000, 1, ""}, {101, "telephone-event", 8000, 1, "0-15"}});
  EXPECT_EQ(m.formats, (std::vector<std::string>{"8", "101"}));
  ASSERT_EQ(m.attributes.size(), 5U);
  EXPECT_EQ(m.attributes[0].name, "label");
  EXPECT_EQ(m.attributes[1].value, "8 PCMA/8000");
  EXPECT_EQ(m.attributes[3].value, "101 0-15");
  EXPECT_EQ(m.attributes[4].name, "ptime");
  m.set_codecs({});
  EXPECT_TRUE(m.formats.empty());
  EXPECT_EQ(m.attributes.size(), 2U);
}

TEST(Media, AttributesAreSetOnceAndRemoved) {
  Media m =
      media_of({"0"}, {attribute("ptime", "20"), attribute("x", "1"), attribute("ptime", "30")});
  m.set_attribute("ptime", "60");
  EXPECT_EQ(m.attributes.size(), 2U);
  EXPECT_EQ(m.attribute("ptime"), "60");
  m.set_flag("rtcp-mux");
  EXPECT_EQ(m.attribute("rtcp-mux"), "");
  EXPECT_FALSE(m.attributes.back().has_value);
  EXPECT_EQ(m.remove_attribute("x"), 1U);
  EXPECT_FALSE(m.attribute("x"));
}

TEST(Codec, SameFormatIgnoresCaseAndFmtp) {
  const Codec pcmu{0, "PCMU", 8000, 1, ""};
  EXPECT_TRUE(pcmu.same_format({7, "pcmu", 8000, 1, "x"}));
  EXPECT_FALSE(pcmu.same_format({0, "PCMU", 16000, 1, ""}));
  EXPECT_FALSE(pcmu.same_format({0, "PCMU", 8000, 2, ""}));
}

TEST(Sdp, DirectionIsOfTheMediaThenOfTheSession) {
  Sdp sdp = audio_sdp("192.0.2.1", 4000, {"0 PCMU/8000"});
  EXPECT_EQ(sdp.direction(sdp.media[0]), Direction::SendRecv) << "nothing said is sendrecv";
  sdp.attributes.push_back({"inactive", "", false});
  EXPECT_EQ(sdp.direction(sdp.media[0]), Direction::Inactive);
  sdp.set_direction(sdp.media[0], Direction::SendOnly);
  EXPECT_EQ(sdp.direction(sdp.media[0]), Direction::SendOnly);
  sdp.set_direction(sdp.media[0], Direction::RecvOnly);
  EXPECT_EQ(text_of(sdp), "audio 4000 RTP/AVP [0 PCMU/8000] recvonly");
}

TEST(Sdp, AddressesOfItsAudio) {
  Sdp sdp = audio_sdp("192.0.2.1", 4000, {"0 PCMU/8000"});
  Media& m = sdp.media[0];
  EXPECT_EQ(sdp.rtp_address(m), SocketAddress::parse("192.0.2.1:4000"));
  EXPECT_EQ(sdp.rtcp_address(m), SocketAddress::parse("192.0.2.1:4001"));
  m.set_attribute("rtcp", "53020");
  EXPECT_EQ(sdp.rtcp_address(m), SocketAddress::parse("192.0.2.1:53020"));
  m.set_attribute("rtcp", "53020 IN IP6 2001:db8::5");
  EXPECT_EQ(sdp.rtcp_address(m), SocketAddress::parse("[2001:db8::5]:53020"));
  m.set_attribute("rtcp", "0");
  EXPECT_EQ(sdp.rtcp_address(m), SocketAddress::parse("192.0.2.1:4001")) << "nonsense is not heard";
  m.connection = Connection{*IpAddress::parse("2001:db8::1"), "2001:db8::1"};
  EXPECT_EQ(sdp.rtp_address(m), SocketAddress::parse("[2001:db8::1]:4000"));
  m.remove_attribute("rtcp");
  m.port = 65535;
  EXPECT_FALSE(sdp.rtcp_address(m)) << "there is no port 65536";
  m.port = 0;
  EXPECT_FALSE(sdp.rtp_address(m));
  EXPECT_EQ(sdp.audio(), nullptr);
}

TEST(Sdp, KnowsTheNullAddressOfHold) {
  struct Row {
    std::string_view says, address;
    bool null;
  };
  const Row rows[] = {
      {"RFC 2543 hold", "0.0.0.0", true},
      {"its form in IPv6", "::", true},
      {"the name that RFC 6157 asks for", "anonymous.invalid", true},
      {"an address", "192.0.2.1", false},
      {"a host name is not known to be null", "pbx.example.com", false},
  };
  for (const Row& r : rows) {
    Sdp sdp = audio_sdp("192.0.2.7", 4000, {"0 PCMU/8000"});
    sdp.connection =
        Connection{IpAddress::parse(r.address).value_or(IpAddress{}), std::string(r.address)};
    EXPECT_EQ(sdp.has_null_address(sdp.media[0]), r.null) << r.says;
  }
  const Sdp none;
  EXPECT_FALSE(none.has_null_address(Media{})) << "no c= at all is no hold";
}

TEST(Sdp, AudioIsTheFirstOverPlainRtpWithAPort) {
  Sdp sdp;
  const auto line = [](std::string type, std::string protocol, std::uint16_t port) {
    Media m;
    m.type = std::move(type);
    m.protocol = std::move(protocol);
    m.port = port;
    return m;
  };
  sdp.media = {line("image", "udptl", 5000), line("audio", "RTP/SAVP", 5002),
               line("audio", "RTP/AVP", 0), line("Audio", "rtp/avpf", 5004),
               line("audio", "RTP/AVP", 5006)};
  EXPECT_EQ(sdp.audio(), &sdp.media[3]);
}

}  // namespace
}  // namespace junctor::interop
