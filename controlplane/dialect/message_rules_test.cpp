// SPDX-License-Identifier: MIT
#include "controlplane/dialect/message_rules.hpp"

#include <gtest/gtest.h>

#include "controlplane/dialect/dialect.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using interop::Verdict;

struct RuleText {
  std::string header, attribute, match, action, value = {}, methods = {};
  config::v1::MessageKind kind = config::v1::ALL;
};

config::v1::Config config_of(const std::vector<RuleText>& rules,
                             config::v1::Direction direction = config::v1::RECEIVED) {
  config::v1::Config config;
  for (const RuleText& text : rules) {
    auto& rule = *config.add_message_rules();
    rule.set_name("r" + std::to_string(config.message_rules_size()));
    rule.set_direction(direction);
    rule.set_kind(text.kind);
    rule.set_status(488);
    if (!text.header.empty()) rule.set_header(text.header);
    if (!text.attribute.empty()) rule.set_sdp_attribute(text.attribute);
    if (!text.match.empty()) rule.set_match(text.match);
    if (!text.methods.empty()) rule.add_methods(text.methods);
    config::v1::MessageAction action = config::v1::MESSAGE_ACTION_UNSPECIFIED;
    EXPECT_TRUE(config::v1::MessageAction_Parse(text.action, &action)) << text.action;
    rule.set_action(action);
    if (action != config::v1::REMOVE && action != config::v1::REFUSE) rule.set_value(text.value);
  }
  return config;
}

MessageRules rules_of(const std::vector<RuleText>& rules) {
  auto made = MessageRules::make(config_of(rules));
  EXPECT_TRUE(made.ok());
  return made.ok() ? std::move(*made) : MessageRules{};
}

// "Name: value|Name: value", of the headers that are looked at.
std::string headers_of(const Message& message) {
  std::string text;
  for (const interop::Header& header : message.headers())
    text += (text.empty() ? "" : "|") + header.name + ": " + header.value;
  return text;
}

Message invite() {
  Message message = Message::request("INVITE", "sip:1@192.0.2.1");
  message.add("Subject", "one two two");
  message.add("X-A", "1");
  message.add("X-A", "2");
  return message;
}

TEST(MessageRules, ChangeHeaderFields) {
  struct Row {
    const char* sentence;
    std::vector<RuleText> rules;
    std::string headers;
  };
  const Row rows[] = {
      {"set, in place of all", {{"X-A", "", "", "SET", "9"}}, "Subject: one two two|X-A: 9"},
      {"set what is not there",
       {{"X-B", "", "", "SET", "9"}},
       "Subject: one two two|X-A: 1|X-A: 2|X-B: 9"},
      {"set where one matches", {{"X-A", "", "^2$", "SET", "9"}}, "Subject: one two two|X-A: 9"},
      {"set where none matches",
       {{"X-A", "", "^3$", "SET", "9"}},
       "Subject: one two two|X-A: 1|X-A: 2"},
      {"one more", {{"X-A", "", "", "ADD", "3"}}, "Subject: one two two|X-A: 1|X-A: 2|X-A: 3"},
      {"one more where there is none to match",
       {{"X-B", "", "1", "ADD", "3"}},
       "Subject: one two two|X-A: 1|X-A: 2"},
      {"remove all", {{"x-a", "", "", "REMOVE"}}, "Subject: one two two"},
      {"remove those that match", {{"X-A", "", "1", "REMOVE"}}, "Subject: one two two|X-A: 2"},
      {"the compact form is the same field", {{"s", "", "", "REMOVE"}}, "X-A: 1|X-A: 2"},
      {"each match, with its groups",
       {{"Subject", "", "t(w)o", "REPLACE", "\\1\\1"}},
       "Subject: one ww ww|X-A: 1|X-A: 2"},
      {"each value",
       {{"X-A", "", "[12]", "REPLACE", "0\\0"}},
       "Subject: one two two|X-A: 01|X-A: 02"},
      {"by nothing", {{"Subject", "", " two", "REPLACE", ""}}, "Subject: one|X-A: 1|X-A: 2"},
      {"one rule after another",
       {{"X-A", "", "1", "REMOVE"}, {"X-A", "", "", "ADD", "5"}, {"X-A", "", "2", "SET", "7"}},
       "Subject: one two two|X-A: 7"},
      {"requests of other methods are left alone",
       {{"X-A", "", "", "REMOVE", "", "BYE"}},
       "Subject: one two two|X-A: 1|X-A: 2"},
      {"responses only",
       {{"X-A", "", "", "REMOVE", "", "", config::v1::RESPONSES}},
       "Subject: one two two|X-A: 1|X-A: 2"},
      {"requests only",
       {{"X-A", "", "", "REMOVE", "", "INVITE", config::v1::REQUESTS}},
       "Subject: one two two"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    Message message = invite();
    const auto changed = MessageRules::counters()[MessageRules::kChanged].value();
    EXPECT_EQ(rules_of(row.rules).receive(message).kind, Verdict::Kind::Pass);
    EXPECT_EQ(headers_of(message), row.headers);
    const bool is_counted = MessageRules::counters()[MessageRules::kChanged].value() > changed;
    EXPECT_EQ(is_counted, row.headers != headers_of(invite()));
  }
}

TEST(MessageRules, ChangeAttributesOfADescription) {
  const std::string sdp =
      "v=0\r\na=x:session\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\na=sendrecv\r\n"
      "m=video 2 RTP/AVP 99\r\na=x:video\r\n";
  struct Row {
    const char* sentence;
    RuleText rule;
    std::string body;
  };
  const Row rows[] = {
      {"replace",
       {"", "ptime", "20", "REPLACE", "30"},
       "v=0\r\na=x:session\r\nm=audio 1 RTP/AVP 0\r\na=ptime:30\r\na=sendrecv\r\n"
       "m=video 2 RTP/AVP 99\r\na=x:video\r\n"},
      {"remove where it matches",
       {"", "x", "video", "REMOVE"},
       "v=0\r\na=x:session\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\na=sendrecv\r\n"
       "m=video 2 RTP/AVP 99\r\n"},
      {"set at the first place",
       {"", "x", "", "SET", "1"},
       "v=0\r\na=x:1\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\na=sendrecv\r\n"
       "m=video 2 RTP/AVP 99\r\n"},
      {"one more, of the audio",
       {"", "maxptime", "", "ADD", "40"},
       "v=0\r\na=x:session\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\na=sendrecv\r\na=maxptime:40\r\n"
       "m=video 2 RTP/AVP 99\r\na=x:video\r\n"},
      {"a flag",
       {"", "inactive", "", "SET", ""},
       "v=0\r\na=x:session\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\na=sendrecv\r\na=inactive\r\n"
       "m=video 2 RTP/AVP 99\r\na=x:video\r\n"},
      {"remove a flag",
       {"", "sendrecv", "", "REMOVE"},
       "v=0\r\na=x:session\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\n"
       "m=video 2 RTP/AVP 99\r\na=x:video\r\n"},
      {"the beginning of a name is another name", {"", "pti", "", "REMOVE"}, sdp},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    Message message = invite();
    message.set_body("application/sdp", sdp);
    EXPECT_EQ(rules_of({row.rule}).receive(message).kind, Verdict::Kind::Pass);
    EXPECT_EQ(message.body(), row.body);
    EXPECT_EQ(message.content_type(), "application/sdp");
  }
  Message none = invite();
  rules_of({{"", "ptime", "", "ADD", "20"}}).receive(none);
  EXPECT_EQ(none.body(), "") << "no description comes from nothing";
  none.set_body("text/plain", "a=ptime:20\r\n");
  rules_of({{"", "ptime", "", "REMOVE"}}).receive(none);
  EXPECT_EQ(none.body(), "a=ptime:20\r\n");
}

// The part of a body of several that is the session's description, and nothing else of it.
TEST(MessageRules, ChangeTheDescriptionAmongOtherParts) {
  const std::string type = "multipart/mixed;boundary=\"b 1\"";
  const auto body = [](const std::string& head, const std::string& sdp) {
    return "preamble\r\n--b 1\r\nContent-Type: application/isup;version=x\r\n\r\n\x01\xff "
           "a=ptime:20\r\n"
           "\r\n--b 1\r\n" +
           head + "\r\n" + sdp +
           "\r\n--b 1\r\nContent-Type: text/plain\r\n"
           "Content-Disposition: x;handling=optional\r\n\r\na=ptime:20\r\n--b 1--\r\n";
  };
  const std::string plain = "Content-Type: application/sdp\r\n";
  const std::string with_length =
      "Content-Type: Application/SDP\r\nContent-length : 42\r\nX: 1\r\n";
  const std::string now = "Content-Type: Application/SDP\r\nContent-length : 27\r\nX: 1\r\n";
  struct Row {
    const char* sentence;
    RuleText rule;
    std::string before, after;
  };
  const Row rows[] = {
      {"replace",
       {"", "ptime", "20", "REPLACE", "30"},
       body(plain, "v=0\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\n"),
       body(plain, "v=0\r\nm=audio 1 RTP/AVP 0\r\na=ptime:30\r\n")},
      {"without the end of its last line",
       {"", "ptime", "", "SET", "30"},
       body(plain, "v=0\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20"),
       body(plain, "v=0\r\nm=audio 1 RTP/AVP 0\r\na=ptime:30\r\n")},
      {"add",
       {"", "maxptime", "", "ADD", "40"},
       body(plain, "v=0\r\nm=audio 1 RTP/AVP 0\r\n"),
       body(plain, "v=0\r\nm=audio 1 RTP/AVP 0\r\na=maxptime:40\r\n")},
      {"its length is said, and is another now",
       {"", "ptime", "", "REMOVE"},
       body(with_length, "v=0\r\nm=audio 1 RTP/AVP 08\r\na=ptime:20\r\n"),
       body(now, "v=0\r\nm=audio 1 RTP/AVP 08\r\n")},
      {"of early media: not this session's (RFC 3959)",
       {"", "ptime", "", "REMOVE"},
       body(plain + "Content-Disposition: early-session\r\n", "v=0\r\na=ptime:20\r\n"),
       body(plain + "Content-Disposition: early-session\r\n", "v=0\r\na=ptime:20\r\n")},
      {"a body that is cut is left as it is",
       {"", "ptime", "", "REMOVE"},
       "--b 1\r\nContent-Type: application/sdp\r\n\r\na=ptime:20\r\n",
       "--b 1\r\nContent-Type: application/sdp\r\n\r\na=ptime:20\r\n"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    Message message = invite();
    message.set_body(type, row.before);
    EXPECT_EQ(rules_of({row.rule}).receive(message).kind, Verdict::Kind::Pass);
    EXPECT_EQ(message.body(), row.after);
    EXPECT_EQ(message.get("Content-Type"), type);
  }
  Message message = invite();
  message.set_body(type, body(plain, "v=0\r\na=ptime:20\r\n"));
  EXPECT_EQ(rules_of({{"", "ptime", "20", "REFUSE"}}).receive(message).kind, Verdict::Kind::Refuse);
}

TEST(MessageRules, RefuseRequestsThatCanBeRefused) {
  const MessageRules rules = rules_of({{"Subject", "", "two", "REFUSE"}});
  const auto before = MessageRules::counters()[MessageRules::kRefused].value();
  for (const char* method : {"INVITE", "OPTIONS", "REGISTER", "UPDATE"}) {
    Message message = Message::request(method, "sip:1@192.0.2.1");
    message.add("Subject", "two");
    const Verdict verdict = rules.receive(message);
    EXPECT_EQ(verdict.kind, Verdict::Kind::Refuse) << method;
    EXPECT_EQ(verdict.status, 488);
    message.set("Subject", "one");
    EXPECT_EQ(rules.receive(message).kind, Verdict::Kind::Pass) << method;
    message.remove("Subject");
    EXPECT_EQ(rules.receive(message).kind, Verdict::Kind::Pass) << method;
  }
  for (const char* method : {"ACK", "BYE", "CANCEL"}) {
    Message message = Message::request(method, "sip:1@192.0.2.1");
    message.add("Subject", "two");
    EXPECT_EQ(rules.receive(message).kind, Verdict::Kind::Pass) << method;
  }
  Message response = Message::response(200, "OK");
  response.add("Subject", "two");
  EXPECT_EQ(rules.receive(response).kind, Verdict::Kind::Pass);
  EXPECT_EQ(MessageRules::counters()[MessageRules::kRefused].value(), before + 4);
}

TEST(MessageRules, NoValueIsAnotherLineOrTooLong) {
  const auto before = MessageRules::counters()[MessageRules::kUnfit].value();
  Message message = invite();
  message.set_body("application/sdp", "v=0\r\na=x:1\r2\r\n");
  rules_of({{"", "x", "1", "REPLACE", "3"}}).receive(message);
  EXPECT_EQ(message.body(), "v=0\r\na=x:1\r2\r\n") << "it came with half an end of a line";
  message.set("Subject", std::string(1000, 'x'));
  rules_of({{"Subject", "", "x", "REPLACE", std::string(9, 'y')}}).receive(message);
  EXPECT_EQ(message.get("Subject"), std::string(1000, 'x'));
  EXPECT_EQ(MessageRules::counters()[MessageRules::kUnfit].value(), before + 2);
  message.set("Subject", std::string(10'000, 'x'));
  rules_of({{"Subject", "", "x", "REPLACE", ""}}).receive(message);
  EXPECT_EQ(message.get("Subject"), std::string(10'000, 'x'));
  EXPECT_EQ(MessageRules::counters()[MessageRules::kUnfit].value(), before + 3);
  EXPECT_FALSE(MessageRules::make(config_of({{"X-A", "", "", "SET", "1\r\nVia: x"}})).ok());
  EXPECT_FALSE(MessageRules::make(config_of({{"X-A", "", "(", "REMOVE"}})).ok());
}

class Marks final : public interop::Plugin {
 public:
  Verdict on_receive(Message& message) override { return mark(message); }
  Verdict on_send(Message& message) override { return mark(message); }

 private:
  static Verdict mark(Message& message) {
    message.add("X-Seen", std::string(message.get("X-A").value_or("nothing")));
    message.set("X-A", "plugin");
    return Verdict::pass();
  }
};

TEST(MessageRules, StandBeforeTheDialectOnTheWayInAndBehindItOnTheWayOut) {
  static const interop::Descriptor kMarks = {
      .name = "marks",
      .summary = "says what it sees",
      .counters = {},
      .options = {},
      .create = [](const interop::TrunkContext&) -> Result<std::unique_ptr<interop::Plugin>> {
        return std::unique_ptr<interop::Plugin>(std::make_unique<Marks>());
      }};
  CounterRegistry registry;
  PluginTable table(registry);
  ASSERT_TRUE(table.add(kMarks).ok());
  auto dialect = table.create("marks", {"pbx", {}});
  ASSERT_TRUE(dialect.ok());
  auto config = config_of({{"X-A", "", "", "SET", "rule"}, {"X-B", "", "", "SET", "others"}});
  config.mutable_message_rules(1)->set_trunk("other");
  auto sent = *config_of({{"X-A", "", "plugin", "REPLACE", "rule"}}, config::v1::SENT)
                   .mutable_message_rules(0);
  sent.set_trunk("pbx");
  *config.add_message_rules() = sent;
  (*dialect)->set_rules(MessageRules::make(config)->of("pbx"));

  Message in = Message::request("INVITE", "sip:1@192.0.2.1");
  (*dialect)->receive(in);
  EXPECT_EQ(headers_of(in), "X-A: plugin|X-Seen: rule");
  Message out = Message::request("INVITE", "sip:1@192.0.2.1");
  (*dialect)->send(out);
  EXPECT_EQ(headers_of(out), "X-Seen: nothing|X-A: rule");
  (*dialect)->set_rules({});
  Message later = Message::request("INVITE", "sip:1@192.0.2.1");
  (*dialect)->receive(later);
  EXPECT_EQ(headers_of(later), "X-Seen: nothing|X-A: plugin");
}

}  // namespace
}  // namespace junctor::cp
