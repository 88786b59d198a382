// SPDX-License-Identifier: MIT
#include "dataplane/control/call_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dataplane/control/frame.hpp"

namespace junctor::dp {
namespace {

using Fit = CallFilter::Fit;
using Octets = std::vector<std::uint8_t>;

struct Udp {
  std::string from, to, payload;
};

Octets frame_of(const Udp& udp) {
  Octets out(2000);
  out.resize(build_frame(
      {},
      {*SocketAddress::parse(udp.from), *SocketAddress::parse(udp.to), 0, as_bytes(udp.payload)},
      out));
  EXPECT_FALSE(out.empty());
  return out;
}
// As TCP: the ports are at the same place.
Octets tcp_of(const Udp& udp) {
  Octets out = frame_of(udp);
  out[14] >> 4 == 4 ? out[14 + 9] = 6 : out[14 + 6] = 6;
  return out;
}
Octets tagged(Octets frame) {
  const std::uint8_t tag[] = {0x81, 0, 0, 7};
  frame.insert(frame.begin() + 12, tag, tag + 4);
  return frame;
}
// A fragment of a datagram, with that offset in units of eight octets.
Octets fragment_of(Octets frame, std::uint16_t id, std::uint16_t offset, bool more) {
  store_be16(&frame[18], id);
  store_be16(&frame[20], static_cast<std::uint16_t>(offset | (more ? 0x2000 : 0)));
  return frame;
}

CallFilter::Words words() {
  CallFilter::Words words;
  words.sip_call_ids = {"abc-1@10.0.0.2", "out.77"};
  words.peers = {*IpAddress::parse("10.0.0.2"), *IpAddress::parse("fd00::2")};
  words.signalling_ports = {5060};
  words.voice = {*SocketAddress::parse("10.0.0.1:20000"), *SocketAddress::parse("10.0.0.1:20001")};
  return words;
}

TEST(CallFilter, Rows) {
  const std::string a = "10.0.0.2:5062", gw = "10.0.0.1:5060", other = "10.0.0.9:5060";
  const std::string ours = "BYE sip:x SIP/2.0\r\nCall-ID: abc-1@10.0.0.2\r\n\r\n";
  const struct {
    const char* sentence;
    Octets frame;
    bool sent;
    Fit fit;
  } rows[] = {
      {"a message of the call", frame_of({a, gw, ours}), false, Fit::Yes},
      {"the other way", frame_of({gw, a, ours}), true, Fit::Yes},
      {"with a tag", tagged(frame_of({a, gw, ours})), false, Fit::Yes},
      {"the short form of the header", frame_of({a, gw, "i:out.77\r\n"}), false, Fit::Yes},
      {"from whoever sends it", frame_of({other, gw, ours}), false, Fit::Yes},
      {"IPv6", frame_of({"[fd00::2]:5060", "[fd00::1]:5060", ours}), false, Fit::Yes},
      {"another call", frame_of({a, gw, "Call-ID: abc-2@10.0.0.2\r\n"}), false, Fit::Unknown},
      {"an id that ends in ours", frame_of({a, gw, "Call-ID: xabc-1@10.0.0.2\r\n"}), false,
       Fit::Unknown},
      {"an id that begins with ours", frame_of({a, gw, "Call-ID: out.777\r\n"}), false,
       Fit::Unknown},
      {"a copy of the message to a collector", frame_of({"10.0.0.1:40000", "10.0.0.3:9060", ours}),
       true, Fit::No},
      {"voice of the call", frame_of({"10.0.0.7:4000", "10.0.0.1:20000", "x"}), false, Fit::Yes},
      {"its RTCP, sent", frame_of({"10.0.0.1:20001", "10.0.0.7:4001", "x"}), true, Fit::Yes},
      {"a peer with our port's number", frame_of({"10.0.0.7:20000", "10.0.0.1:20002", "x"}), false,
       Fit::No},
      {"voice of another call", frame_of({"10.0.0.7:4000", "10.0.0.1:20002", "x"}), false, Fit::No},
      {"a TCP segment of its peer", tcp_of({"10.0.0.2:39000", gw, "part of any message"}), false,
       Fit::Yes},
      {"and to it", tcp_of({"10.0.0.1:40000", "10.0.0.2:5060", "part of any message"}), true,
       Fit::Yes},
      {"TCP of somebody else", tcp_of({"10.0.0.9:39000", gw, "part"}), false, Fit::Unknown},
      {"TCP of its peer that is no SIP", tcp_of({"10.0.0.2:39000", "10.0.0.1:22", "part"}), false,
       Fit::No},
      {"ARP", Octets(60, 0), false, Fit::No},
      {"nothing", {}, false, Fit::No},
  };
  for (const auto& row : rows) {
    CallFilter filter;
    filter.set_words(words());
    EXPECT_EQ(filter.fit(row.frame, row.sent), row.fit) << row.sentence;
  }
}

TEST(CallFilter, LearnsAPeerOverTcpFromACallId) {
  CallFilter filter;
  filter.set_words(words());
  const std::string peer = "10.0.0.9:5060", gw = "10.0.0.1:40000";
  EXPECT_EQ(filter.fit(tcp_of({gw, peer, "SYN"}), true), Fit::Unknown);
  EXPECT_EQ(filter.fit(tcp_of({gw, peer, "INVITE Call-ID: out.77\r\n"}), true), Fit::Yes);
  EXPECT_EQ(filter.fit(tcp_of({peer, gw, "ACK"}), false), Fit::Yes);
  EXPECT_EQ(filter.fit(tcp_of({"10.0.0.8:5060", gw, "ACK"}), false), Fit::Unknown);
  filter.set_words(words());
  EXPECT_EQ(filter.fit(tcp_of({peer, gw, "FIN"}), false), Fit::Yes) << "and keeps it";
  EXPECT_EQ(filter.fit(frame_of({peer, "10.0.0.1:5060", "another call"}), false), Fit::Unknown)
      << "over UDP a message is told by itself";
}

// Whatever is cut off: no octet behind the frame is read, and nothing is taken for the call's that
// lacks its Call-ID.
TEST(CallFilter, FramesThatAreCut) {
  CallFilter filter;
  filter.set_words(words());
  for (const char* from : {"10.0.0.2:5060", "[fd00::2]:5060"}) {
    const std::string to = from[0] == '[' ? "[fd00::1]:5060" : "10.0.0.1:5060";
    const Octets whole = tagged(frame_of({from, to, "Call-ID: out.77"}));
    for (std::size_t n = 0; n < whole.size(); ++n)
      EXPECT_NE(filter.fit(Octets(whole.begin(), whole.begin() + static_cast<long>(n)), false),
                Fit::Yes)
          << n;
    EXPECT_EQ(filter.fit(whole, false), Fit::Yes);
  }
}

TEST(CallFilter, FragmentsFollowTheirFirst) {
  CallFilter filter;
  filter.set_words(words());
  const std::string a = "10.0.0.2:5060", gw = "10.0.0.1:5060";
  const Octets first = frame_of({a, gw, "Call-ID: out.77\r\n"});
  const Octets rest = frame_of({a, gw, "of the message"});
  EXPECT_EQ(filter.fit(fragment_of(rest, 9, 185, false), false), Fit::Unknown)
      << "before its first";
  EXPECT_EQ(filter.fit(fragment_of(first, 9, 0, true), false), Fit::Yes);
  EXPECT_EQ(filter.fit(fragment_of(rest, 9, 185, false), false), Fit::Yes);
  EXPECT_EQ(filter.fit(fragment_of(rest, 10, 185, false), false), Fit::Unknown) << "another one's";
  for (std::uint16_t id = 100; id < 116; ++id) filter.fit(fragment_of(first, id, 0, true), false);
  EXPECT_EQ(filter.fit(fragment_of(rest, 9, 185, false), false), Fit::Unknown) << "forgotten";
}

TEST(CallFilter, ContainsWord) {
  const struct {
    const char *text, *word;
    bool contains;
  } rows[] = {{"a b c", "b", true}, {"b", "b", true},    {"", "b", false},       {"b", "", false},
              {"bb b", "b", true},  {"bb", "b", false},  {"i:b\r\n", "b", true}, {"(b)", "b", true},
              {"-b", "b", false},   {"b@c", "b", false}, {"x b.c", "b", false}};
  for (const auto& row : rows)
    EXPECT_EQ(contains_word(row.text, row.word), row.contains) << row.text << " | " << row.word;
}

}  // namespace
}  // namespace junctor::dp
