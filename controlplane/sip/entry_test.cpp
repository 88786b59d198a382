// SPDX-License-Identifier: MIT
#include "controlplane/sip/entry.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

using interop::Message;

const std::string kHead =
    "INVITE sip:a@b;x=%20 SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP i\r\nf: "
    "<sip:x@y>;tag=1\r\n"
    "t: sip:a@b\r\ni: c@d\r\nCSeq: 1 INVITE\r\n";

TEST(Entry, KeepsWhatWasOnTheWire) {
  const auto entry = read_message(
      kHead + "X-One:  folded\r\n  value \r\nx-ONE: again\r\nSubject:\r\nl: 4\r\n\r\nbody");
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->refused, 0);
  const Message& m = entry->message;
  EXPECT_EQ(m.method(), "INVITE");
  EXPECT_EQ(m.request_uri(), "sip:a@b;x=%20");
  std::vector<std::string> lines;
  for (const auto& header : m.headers()) lines.push_back(header.name + "|" + header.value);
  EXPECT_EQ(lines[0], "v|SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP i");
  EXPECT_EQ(lines[5], "X-One|folded value");
  EXPECT_EQ(lines[6], "x-ONE|again");
  EXPECT_EQ(lines[7], "Subject|");
  EXPECT_EQ(m.body(), "body");
}

TEST(Entry, WritesFieldsLetterForLetterInOrder) {
  Message m = Message::response(183, "Session Progress");
  m.add("Via", "SIP/2.0/UDP h;branch=z9hG4bK1;odd-one");
  m.add("Via", "SIP/2.0/TCP i;branch=z9hG4bK2, SIP/2.0/UDP j;branch=z9hG4bK3");
  m.add("Via", "SIP/2.0/UDP k;branch=z9hG4bK4");
  m.add("Record-Route", "<sip:r1;lr>");
  m.add("Record-Route", "<sip:r2;lr>, <sip:r3;lr>");
  m.add("From", "\"Q\" <sip:x@y>;tag=1");
  m.add("To", "<sip:a@b>;tag=2");
  m.add("Call-ID", "c@d");
  m.add("CSeq", "1 INVITE");
  m.add("B-First", "1");
  m.add("A-Second", "a,  b");
  m.add("Content-Length", "999");
  m.set_body("text/plain", "abc");
  EXPECT_EQ(write_message(m),
            "SIP/2.0 183 Session Progress\r\n"
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1;odd-one\r\n"
            "Via: SIP/2.0/TCP i;branch=z9hG4bK2\r\n"
            "Via: SIP/2.0/UDP j;branch=z9hG4bK3\r\n"
            "Via: SIP/2.0/UDP k;branch=z9hG4bK4\r\n"
            "From: \"Q\" <sip:x@y>;tag=1\r\n"
            "To: <sip:a@b>;tag=2\r\n"
            "Call-ID: c@d\r\n"
            "CSeq: 1 INVITE\r\n"
            "Content-Length: 3\r\n"
            "Record-Route: <sip:r1;lr>\r\n"
            "Record-Route: <sip:r2;lr>, <sip:r3;lr>\r\n"
            "B-First: 1\r\n"
            "A-Second: a,  b\r\n"
            "Content-Type: text/plain\r\n\r\nabc");
}

TEST(Entry, RefusesToWriteARequestToNobody) {
  EXPECT_EQ(write_message(Message::request("OPTIONS", "")), "");
  EXPECT_EQ(write_message(Message::request("", "sip:a@b")), "");
}

struct UnsoundRow {
  const char* sentence;
  const char *name, *value;
};
TEST(Entry, RefusesToWriteWhatIsNoSip) {
  const UnsoundRow rows[] = {
      {"a name that is no token", "X Y", "1"},
      {"a name that brings a colon", "X:Y", "1"},
      {"a second Call-ID", "Call-ID", "other"},
      {"a CSeq that is none", "CSeq", "x"},
  };
  for (const UnsoundRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    Message m = read_message(kHead + "l: 0\r\n\r\n")->message;
    ASSERT_NE(write_message(m), "");
    m.add(row.name, row.value);
    EXPECT_EQ(write_message(m), "");
  }
}

}  // namespace
}  // namespace junctor::cp
