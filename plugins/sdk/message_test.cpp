// SPDX-License-Identifier: MIT
#include "plugins/sdk/message.hpp"

#include <gtest/gtest.h>

#include "plugins/sdk/plugin.hpp"
#include "plugins/sdk/test_kit.hpp"

namespace junctor::interop {
namespace {

TEST(Message, KnowsWhichNamesAreTheSameField) {
  struct Row {
    std::string_view says, a, b;
    bool same;
  };
  const Row rows[] = {
      {"names compare without regard to case", "Call-ID", "CALL-id", true},
      {"a compact form is its long form", "v", "Via", true},
      {"either way round", "Session-Expires", "X", true},
      {"two compact forms are the same by letter", "f", "F", true},
      {"other letters are other fields", "f", "t", false},
      {"an unknown letter is itself", "q", "q", true},
      {"a prefix is not the name", "Cont", "Contact", false},
      {"the empty name is no field", "", "Via", false},
  };
  for (const Row& r : rows) EXPECT_EQ(same_header(r.a, r.b), r.same) << r.says;
}

TEST(Message, FindsReplacesAndRemovesFields) {
  Message m = Message::request("INVITE", "sip:a@b");
  m.add("v", "SIP/2.0/UDP one");
  m.add("From", "<sip:x@y>");
  m.add("Via", "SIP/2.0/UDP two");
  EXPECT_EQ(m.get("via"), "SIP/2.0/UDP one");
  EXPECT_EQ(m.get_all("Via"),
            (std::vector<std::string_view>{"SIP/2.0/UDP one", "SIP/2.0/UDP two"}));
  EXPECT_FALSE(m.has("To"));

  m.set("Via", "SIP/2.0/UDP three");
  ASSERT_EQ(m.headers().size(), 2U);
  EXPECT_EQ(m.headers()[0].name, "v") << "the place and the written name of the first stay";
  EXPECT_EQ(m.headers()[0].value, "SIP/2.0/UDP three");
  m.set("Subject", "new");
  EXPECT_EQ(m.headers().back().name, "Subject");
  EXPECT_EQ(m.remove("VIA"), 1U);
  EXPECT_EQ(m.remove("VIA"), 0U);
}

TEST(Message, ValueCannotOpenAnotherField) {
  Message m = Message::request("INVITE", "sip:a@b\r\nEvil: 1");
  m.add("Subject", " hello\r\nEvil: 1 ");
  m.set("X-More", std::string("a\0b", 3));
  EXPECT_EQ(m.request_uri(), "sip:a@b  Evil: 1");
  EXPECT_EQ(m.get("Subject"), "hello  Evil: 1");
  EXPECT_EQ(m.get("X-More"), "a b");
}

TEST(Message, BodyAndItsTypeGoTogether) {
  Message m = Message::response(200, "OK");
  EXPECT_FALSE(m.is_request());
  EXPECT_EQ(m.content_type(), "");
  m.set_body("Application/SDP ; charset=utf-8", "v=0\r\n");
  EXPECT_EQ(m.content_type(), "application/sdp");
  EXPECT_EQ(m.get("c"), "Application/SDP ; charset=utf-8");
  m.set_body("application/sdp", "");
  EXPECT_FALSE(m.has("Content-Type"));
  EXPECT_EQ(m.body(), "");
}

TEST(Message, TestKitGoesThereAndBack) {
  const std::string_view text =
      "SIP/2.0 183 Session Progress\n"
      "CSeq: 3 INVITE\n"
      "Content-Type: application/sdp\n"
      "\n"
      "v=0\n";
  const Message m = message_from_text(text);
  EXPECT_EQ(m.status(), 183);
  EXPECT_EQ(m.method(), "INVITE");
  EXPECT_EQ(text_of(m), text);
}

TEST(Descriptor, SaysWhatIsWrongWithIt) {
  static constexpr CounterDesc kTwice[] = {{"a", Severity::Info, "x"}, {"a", Severity::Info, "y"}};
  static constexpr CounterDesc kMute[] = {{"a", Severity::Info, ""}};
  static constexpr OptionDesc kBadOption[] = {{"Bad-Name", "help", ".*", ""}};
  const auto create = [](const TrunkContext&) -> Result<std::unique_ptr<Plugin>> {
    return Error{"", "never"};
  };
  const Descriptor good = {
      .name = "x1", .summary = "s", .counters = {}, .options = {}, .create = create};
  EXPECT_EQ(fault_of(good), "");
  Descriptor d = good;
  d.name = "X";
  EXPECT_EQ(fault_of(d), "its name 'X' is no snake_case name");
  d = good;
  d.summary = "";
  EXPECT_EQ(fault_of(d), "it has no summary");
  d = good;
  d.create = nullptr;
  EXPECT_EQ(fault_of(d), "it has no create function");
  d = good;
  d.counters = kTwice;
  EXPECT_EQ(fault_of(d), "counter 'a' is there twice");
  d.counters = kMute;
  EXPECT_EQ(fault_of(d), "counter 'a' says nothing about itself");
  d = good;
  d.options = kBadOption;
  EXPECT_EQ(fault_of(d), "option 'Bad-Name' is no snake_case name");
}

}  // namespace
}  // namespace junctor::interop
