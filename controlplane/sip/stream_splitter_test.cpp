// SPDX-License-Identifier: MIT
#include "controlplane/sip/stream_splitter.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "controlplane/sip/raw_message.hpp"
#include "controlplane/sip/trace.hpp"

namespace junctor::cp {
namespace {

struct StreamRow {
  const char* sentence;
  std::vector<std::string> pieces;
  std::vector<std::string> wants;
  std::size_t pings = 0;
  std::uint16_t trouble = 0;
};

TEST(StreamSplitter, CutsMessagesOutOfAStream) {
  const std::string one = "OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc";
  const std::string two = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  const std::string head = "OPTIONS sip:a SIP/2.0\r\n";
  const StreamRow rows[] = {
      {"one piece", {one}, {one}},
      {"two in one piece", {one + two}, {one, two}},
      {"empty lines between them go", {"\r\n" + one + "\r\n" + two + "\r\n"}, {one, two}},
      {"a double one is a ping", {"\r\n\r\n"}, {}, 1},
      {"before a message and behind it", {"\r\n\r\n" + one + "\r\n\r\n"}, {one}, 2},
      {"in pieces too", {one + "\r", "\n\r", "\n" + two}, {one, two}, 1},
      {"three lines are one ping, four are two", {"\r\n\r\n\r\n", "\r\n"}, {}, 2},
      {"a line on each side of a message is none", {"\r\n" + one + "\r\n"}, {one}},
      {"nor are bare line feeds", {"\n\n\n\n" + one}, {one}},
      {"nor what a message ends with",
       {head + "l: 4\r\n\r\n\r\n\r\n"},
       {head + "l: 4\r\n\r\n\r\n\r\n"}},
      {"cut in the empty line",
       {one.substr(0, 30), one.substr(30) + two.substr(0, 36), two.substr(36)},
       {one, two}},
      {"cut in the body", {one.substr(0, one.size() - 1), one.substr(one.size() - 1)}, {one}},
      {"without a length nobody knows where it ends", {one + head + "\r\n", one}, {one}, 0, 400},
      {"an empty one is none", {head + "Content-Length:\r\n\r\n" + one}, {}, 0, 400},
      {"a length that is none breaks it", {head + "l: -3\r\n\r\n" + one}, {}, 0, 400},
      {"a length beyond the limit", {head + "l: 999\r\n\r\n" + one}, {}, 0, 413},
      {"one that would run over", {head + "l: 18446744073709551600\r\n\r\n", one}, {}, 0, 413},
      {"a head without end", {std::string(300, 'x'), one}, {}, 0, 413},
  };
  for (const StreamRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    StreamSplitter splitter;
    std::vector<std::string> got;
    std::size_t pings = 0;
    for (const std::string& piece : row.pieces) {
      pings += splitter.feed(piece, 200, [&](std::string_view m) { got.emplace_back(m); });
    }
    EXPECT_EQ(got, row.wants);
    EXPECT_EQ(pings, row.pings);
    EXPECT_EQ(splitter.trouble().status, row.trouble);
    EXPECT_EQ(splitter.unfinished().empty(), row.trouble == 0);
  }
}

TEST(Summary, SaysWhatAMessageIs) {
  const Summary invite = summarize("INVITE sip:a SIP/2.0\r\nI: x@y\r\nc : application/sdp\r\n\r\n");
  EXPECT_EQ(invite.text, "INVITE sdp");
  EXPECT_EQ(invite.call_id, "x@y");
  EXPECT_EQ(summarize("SIP/2.0 180 Ringing\r\nCSeq: 3 INVITE\r\n\r\n").text,
            "180 Ringing (INVITE)");
  EXPECT_EQ(summarize("").text, "");
  EXPECT_EQ(summarize("SIP/").text, " ()");
}

TEST(RawAnswer, GoesToTheSource) {
  const SocketAddress source = *SocketAddress::parse("192.0.2.1:4000");
  const std::string head = "X sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h";
  EXPECT_EQ(raw_answer_to(head + "\r\n\r\n", source).text(), "192.0.2.1:5060");
  EXPECT_EQ(raw_answer_to(head + ":5070 ;branch=x\r\n\r\n", source).text(), "192.0.2.1:5070");
  EXPECT_EQ(raw_answer_to(head + ":5070;rport\r\n\r\n", source).text(), "192.0.2.1:4000");
  EXPECT_EQ(raw_answer_to("X", source).text(), "192.0.2.1:5060");
}

}  // namespace
}  // namespace junctor::cp
