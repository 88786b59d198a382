// SPDX-License-Identifier: MIT
#include "controlplane/sdp/parser.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

using interop::Sdp;

constexpr std::string_view kHead =
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

std::string with_head(std::string_view rest) { return std::string(kHead) + std::string(rest); }

Sdp good(std::string_view text) {
  auto result = parse_sdp(text);
  if (const auto* error = std::get_if<SdpError>(&result)) {
    ADD_FAILURE() << "line " << error->line << ": " << error->reason << "\n" << text;
    return {};
  }
  return std::get<Sdp>(std::move(result));
}

TEST(ParseSdp, ReadsEverythingAndPrintsItBack) {
  const std::string text =
      "v=0\r\n"
      "o=jdoe 2890844526 2890842807 IN IP6 2001:db8::5\r\n"
      "s=SDP Seminar\r\n"
      "i=A seminar\r\n"
      "u=http://www.example.com/sdp.ps\r\n"
      "e=j.doe@example.com\r\n"
      "c=IN IP4 233.252.0.1/127/3\r\n"
      "b=CT:1000\r\n"
      "t=2873397496 2873404696\r\n"
      "r=7d 1h 0 25h\r\n"
      "a=recvonly\r\n"
      "m=audio 49170/2 RTP/AVP 0 96\r\n"
      "i=voice\r\n"
      "c=IN IP4 192.0.2.7\r\n"
      "b=TIAS:64000\r\n"
      "a=rtpmap:96 opus/48000/2\r\n"
      "a=T38FaxFillBitRemoval:\r\n"
      "m=image 0 udptl t38\r\n";
  const Sdp sdp = good(text);
  EXPECT_EQ(sdp.origin_user, "jdoe");
  EXPECT_EQ(sdp.origin_id, 2890844526U);
  EXPECT_EQ(sdp.origin_address, IpAddress::parse("2001:db8::5"));
  ASSERT_EQ(sdp.media.size(), 2U);
  EXPECT_EQ(sdp.media[0].port_count, 2);
  EXPECT_EQ(sdp.media[0].title, "voice");
  EXPECT_EQ(sdp.rtp_address(sdp.media[0]), SocketAddress::parse("192.0.2.7:49170"));
  EXPECT_EQ(sdp.direction(sdp.media[0]), interop::Direction::RecvOnly);
  EXPECT_EQ(sdp.media[1].formats, std::vector<std::string>{"t38"});
  EXPECT_EQ(print_sdp(sdp), text);
}

TEST(ParseSdp, TakesWhatProductsWrite) {
  struct Row {
    std::string_view says;
    std::string text;
    std::string printed;  // after the head; the head itself is as in kHead
  };
  const Row rows[] = {
      {"LF alone",
       "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4 RTP/AVP 0\n",
       "m=audio 4 RTP/AVP 0\r\n"},
      {"s= and t= left out",
       "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\n",
       "m=audio 4 RTP/AVP 0\r\n"},
      {"s= empty", "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", ""},
      {"no line end at the end", with_head("m=audio 4 RTP/AVP 0"), "m=audio 4 RTP/AVP 0\r\n"},
      {"zeros and blanks at the end", with_head(std::string("m=audio 4 RTP/AVP 0\r\n \0\0", 24)),
       "m=audio 4 RTP/AVP 0\r\n"},
      {"empty lines", with_head("\r\n\r\nm=audio 4 RTP/AVP 0\r\n\r\n"), "m=audio 4 RTP/AVP 0\r\n"},
      {"blanks at line ends and between words",
       with_head("m=audio  4\tRTP/AVP   0 8  \r\na=sendrecv  \r\n"),
       "m=audio 4 RTP/AVP 0 8\r\na=sendrecv\r\n"},
      {"c= and s= after a=, a= before m=",
       "v=0\no=- 1 2 IN IP4 192.0.2.1\na=sendonly\nt=0 0\nc=IN IP4 192.0.2.1\ns=-\nm=audio 4 "
       "RTP/AVP 0\n",
       "a=sendonly\r\nm=audio 4 RTP/AVP 0\r\n"},
      {"attributes that nobody knows",
       with_head("m=audio 4 RTP/AVP 0\r\na=direction:both\r\na=avf:avc=n prio=n\r\n"),
       "m=audio 4 RTP/AVP 0\r\na=direction:both\r\na=avf:avc=n prio=n\r\n"},
      {"two attributes glued in one line are one text",
       with_head("m=audio 4 RTP/AVP 0\r\na=silenceSupp:off - - - a=ptime:20\r\n"),
       "m=audio 4 RTP/AVP 0\r\na=silenceSupp:off - - - a=ptime:20\r\n"},
      {"a blank after the colon", with_head("m=audio 4 RTP/AVP 0\r\na=rtpmap: 0 PCMU/8000\r\n"),
       "m=audio 4 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"},
      {"tabs are blanks", with_head("m=audio 4 RTP/AVP 0\r\na=fmtp:0\tx\ty\r\n"),
       "m=audio 4 RTP/AVP 0\r\na=fmtp:0 x y\r\n"},
      {"a media without formats", with_head("m=audio 0 RTP/AVP\r\n"), "m=audio 0 RTP/AVP\r\n"},
      {"the first of two c= counts", with_head("c=IN IP4 192.0.2.2\r\n"), ""},
      {"octets beyond ASCII", with_head("i=\xc3\xa9t\xc3\xa9\r\n"), "?"},
  };
  for (const Row& r : rows) {
    const std::string printed = print_sdp(good(r.text));
    if (r.printed == "?") {
      EXPECT_NE(printed.find("i=\xc3\xa9t\xc3\xa9\r\n"), std::string::npos) << r.says;
    } else {
      EXPECT_EQ(printed, with_head(r.printed)) << r.says;
    }
  }
}

TEST(ParseSdp, RefusesWhatCannotBeUsed) {
  std::string many_media;
  for (std::size_t i = 0; i <= kMaxSdpMedia; ++i) many_media += "m=audio 0 RTP/AVP 0\r\n";
  std::string many_attributes = "m=audio 4 RTP/AVP 0\r\n";
  for (std::size_t i = 0; i <= kMaxSdpAttributes; ++i) many_attributes += "a=x\r\n";
  std::string many_formats = "m=audio 4 RTP/AVP";
  for (std::size_t i = 0; i <= kMaxSdpFormats; ++i) many_formats += " 0";
  std::string many_others;
  for (std::size_t i = 0; i <= kMaxSdpOtherLines; ++i) many_others += "e=x\r\n";
  struct Row {
    std::string_view says;
    std::string text;
    int line;
    std::string_view reason;
  };
  const Row rows[] = {
      {"nothing", "", 0, "is empty"},
      {"empty lines only", "\r\n\r\n", 0, "is empty"},
      {"not at its beginning", "o=- 1 2 IN IP4 192.0.2.1\r\nv=0\r\n", 1,
       "description does not begin with v="},
      {"another version", "v=1\r\n", 1, "v= is not 0"},
      {"v= twice", "v=0\r\nv=0\r\n", 2, "v= is there twice"},
      {"no origin", "v=0\r\ns=-\r\n", 0, "has no o= line"},
      {"an origin that is too short", "v=0\r\no=- 1 2 IN IP4\r\n", 2,
       "o= has fewer than six words"},
      {"o= twice", with_head("o=- 1 2 IN IP4 192.0.2.1\r\n"), 6, "o= is there twice"},
      {"no letter", with_head("hello\r\n"), 6, "line is not of the form letter=value"},
      {"an unknown letter", with_head("x=1\r\n"), 6, "line has an unknown letter"},
      {"an upper-case letter", with_head("M=audio 1 RTP/AVP 0\r\n"), 6,
       "line has an unknown letter"},
      {"a zero within", with_head(std::string("i=a\0b\r\n", 7)), 6, "line has control characters"},
      {"CR within", with_head("i=a\rm=b\r\n"), 6, "line has control characters"},
      {"escape", with_head("i=\x1b[2J\r\n"), 6, "line has control characters"},
      {"port 65536", with_head("m=audio 65536 RTP/AVP 0\r\n"), 6, "m= has no port of 0 to 65535"},
      {"a negative port", with_head("m=audio -1 RTP/AVP 0\r\n"), 6, "m= has no port of 0 to 65535"},
      {"no port", with_head("m=audio\r\n"), 6, "m= has no port of 0 to 65535"},
      {"no media type", with_head("m=\r\n"), 6, "m= has no media type"},
      {"a count of 0 ports", with_head("m=audio 4/0 RTP/AVP 0\r\n"), 6,
       "m= has a bad count of ports"},
      {"a count that is none", with_head("m=audio 4/ RTP/AVP 0\r\n"), 6,
       "m= has a bad count of ports"},
      {"no protocol", with_head("m=audio 4\r\n"), 6, "m= has no protocol"},
      {"a format that is no ASCII", with_head("m=audio 4 RTP/AVP \xff\r\n"), 6,
       "m= has a bad format"},
      {"another network", with_head("m=audio 4 RTP/AVP 0\r\nc=ATM NSAP 47.1\r\n"), 7,
       "c= is not of network type IN"},
      {"another address type", with_head("c=IN IP5 1\r\n"), 6, "c= is neither IP4 nor IP6"},
      {"no address", with_head("c=IN IP4\r\n"), 6, "c= has no address"},
      {"an address with an octet too large", with_head("c=IN IP4 300.1.1.1\r\n"), 6,
       "c= has an address that is none"},
      {"a bad TTL", with_head("c=IN IP4 224.2.1.1/x\r\n"), 6, "c= has a bad TTL or count"},
      {"an attribute without name", with_head("a=:x\r\n"), 6, "a= has no name"},
      {"a long line", with_head("i=" + std::string(kMaxSdpLineBytes, 'x') + "\r\n"), 6,
       "line is longer than 4 KiB"},
      {"a long text", with_head(std::string(kMaxSdpBytes, 'x')), 0, "is longer than 64 KiB"},
      {"many media", with_head(many_media), 6 + static_cast<int>(kMaxSdpMedia),
       "description has too many media"},
      {"many attributes", with_head(many_attributes), 7 + static_cast<int>(kMaxSdpAttributes),
       "description has too many attributes"},
      {"many formats", with_head(many_formats), 6, "m= has too many formats"},
      {"many other lines", with_head(many_others), 6 + static_cast<int>(kMaxSdpOtherLines),
       "description has too many lines"},
  };
  for (const Row& r : rows) {
    const auto result = parse_sdp(r.text);
    const auto* error = std::get_if<SdpError>(&result);
    ASSERT_NE(error, nullptr) << r.says;
    EXPECT_EQ(error->line, r.line) << r.says;
    EXPECT_EQ(error->reason, r.reason) << r.says;
  }
}

TEST(ParseSdp, OriginIdsOfAnyLengthStayApart) {
  const auto id_of = [](const std::string& id) {
    return good("v=0\r\no=- " + id + " 1 IN IP4 192.0.2.1\r\n").origin_id;
  };
  EXPECT_EQ(id_of("18446744073709551615"), UINT64_MAX);
  EXPECT_NE(id_of("18446744073709551616"), id_of("18446744073709551617"));
  EXPECT_EQ(id_of("18446744073709551616"), id_of("18446744073709551616"));
  EXPECT_NE(id_of("abc"), id_of("-1"));
}

TEST(ParseSdp, OriginUserMayHaveBlanks) {
  const Sdp sdp = good("v=0\r\no=John  Doe 7 8 IN IP4 pbx.example.com\r\n");
  EXPECT_EQ(sdp.origin_user, "John  Doe");
  EXPECT_EQ(sdp.origin_version, 8U);
  EXPECT_FALSE(sdp.origin_address);
  EXPECT_EQ(sdp.origin_host, "pbx.example.com");
}

TEST(ParseSdp, HostNameStaysAName) {
  const Sdp sdp =
      good("v=0\r\no=- 1 1 IN IP4 a.invalid\r\nc=IN IP6 a.invalid\r\nm=audio 4 RTP/AVP 0\r\n");
  ASSERT_TRUE(sdp.connection);
  EXPECT_FALSE(sdp.connection->address);
  EXPECT_EQ(sdp.connection->host, "a.invalid");
  EXPECT_FALSE(sdp.rtp_address(sdp.media[0]));
  EXPECT_TRUE(sdp.has_null_address(sdp.media[0]));
}

TEST(PrintSdp, ValuesCannotOpenLines) {
  Sdp sdp = good(kHead);
  sdp.name = "a\r\nm=audio 1 RTP/AVP 0";
  sdp.attributes.push_back({"x\nc", "y\r\nc=IN IP4 198.51.100.1", true});
  sdp.other_lines = {"i=b\nc=x", "nonsense", "c=IN IP4 198.51.100.1"};
  const Sdp again = good(print_sdp(sdp));
  EXPECT_TRUE(again.media.empty());
  EXPECT_EQ(again.connection->address, IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(again.other_lines, std::vector<std::string>{"i=b c=x"});
}

TEST(PrintSdp, FillsInWhatMustBeThere) {
  EXPECT_EQ(print_sdp(Sdp{}), "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
}

}  // namespace
}  // namespace junctor::cp
