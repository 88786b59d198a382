// SPDX-License-Identifier: MIT
// The seam of the plugins at the stack: what passes through a trunk's dialect, and before what.
#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

using interop::Message;
using interop::Verdict;
using testing::HasSubstr;
using testing::StartsWith;

// Notes what passes; takes an extension away that its product asks for without need, and refuses
// what is marked.
class Notes final : public interop::Plugin {
 public:
  Verdict on_receive(Message& message) override {
    received.push_back(name_of(message));
    if (message.has("X-Refuse")) return Verdict::refuse(480, 0);
    if (!message.has("Require")) return {};
    message.remove("Require");
    return Verdict::rewritten(1);
  }
  Verdict on_send(Message& message) override {
    sent.push_back(name_of(message));
    message.add("X-Dialect", "seen");
    return Verdict::rewritten(1);
  }

  static inline std::vector<std::string> received, sent;

 private:
  static std::string name_of(const Message& message) {
    if (message.is_request()) return std::string(message.method());
    return std::to_string(message.status()) + " " + std::string(message.method());
  }
};

constexpr CounterDesc kNotes[] = {
    {"refused", Severity::Warning, "a message was marked to be refused"},
    {"rewritten", Severity::Info, "a message was rewritten"},
};
constexpr interop::Descriptor kDescriptor{
    .name = "notes",
    .summary = "notes what passes",
    .counters = kNotes,
    .options = {},
    .create = [](const interop::TrunkContext&) -> Result<std::unique_ptr<interop::Plugin>> {
      return std::unique_ptr<interop::Plugin>(std::make_unique<Notes>());
    }};

using Lines = std::vector<std::string>;

std::string with(std::string text, const std::string& old, const std::string& now) {
  return text.replace(text.find(old), old.size(), now);
}

class StackDialectTest : public StackTest {
 protected:
  StackDialectTest() {
    Notes::received.clear();
    Notes::sent.clear();
    EXPECT_TRUE(plugins_.add(kDescriptor).ok());
    auto made = plugins_.create("notes", {"trunk", {}});
    EXPECT_TRUE(made.ok());
    dialect = std::move(*made);
    on_request = [this](std::unique_ptr<ServerTransaction> t) { held_.push_back(std::move(t)); };
  }
  // What the gateway says to a request of the peer.
  std::string ask(const std::string& request) {
    peer_.send(gateway, request);
    return receive(peer_);
  }

  PluginTable plugins_{counters};
  std::vector<std::unique_ptr<ServerTransaction>> held_;
  UdpPeer peer_;
};

TEST_F(StackDialectTest, HearsAndSaysWhatTheStackItselfAnswers) {
  start();
  const struct {
    const char* sentence;
    std::string request, answer;
  } rows[] = {
      {"a CANCEL of nothing", peer_.request("CANCEL", 1, {}, {}, "z9hG4bKc"), "SIP/2.0 481 "},
      {"no hops left",
       with(peer_.request("OPTIONS", 2, {}, {}, "z9hG4bKh"), "Max-Forwards: 70", "Max-Forwards: 0"),
       "SIP/2.0 483 "},
      {"two Call-IDs", peer_.request("OPTIONS", 3, "Call-ID: other", {}, "z9hG4bKm"),
       "SIP/2.0 400 "},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sentence);
    const std::string answer = ask(row.request);
    EXPECT_THAT(answer, StartsWith(row.answer));
    EXPECT_THAT(answer, HasSubstr("X-Dialect: seen"));
    EXPECT_THAT(answer, HasSubstr("Server: Junctor"));
  }
  EXPECT_EQ(Notes::received, (Lines{"CANCEL", "OPTIONS", "OPTIONS"}));
  EXPECT_EQ(Notes::sent, (Lines{"481 CANCEL", "483 OPTIONS", "400 OPTIONS"}));
  EXPECT_TRUE(held_.empty());
}

TEST_F(StackDialectTest, SaysThe100) {
  start();
  EXPECT_THAT(ask(peer_.request("INVITE", 1, "Timestamp: 12.5")),
              testing::AllOf(StartsWith("SIP/2.0 100 Trying"), HasSubstr("X-Dialect: seen"),
                             HasSubstr("Timestamp: 12.5")));
  ASSERT_EQ(held_.size(), 1u);
  held_.front()->respond(Message::response(486, ""), "x");
  EXPECT_THAT(receive(peer_), StartsWith("SIP/2.0 486 "));
  EXPECT_EQ(Notes::sent, (Lines{"100 INVITE", "486 INVITE"}));
}

TEST_F(StackDialectTest, MayMakeARequestSound) {
  start();
  peer_.send(gateway, peer_.request("OPTIONS", 1, "Require: x-product"));
  ASSERT_TRUE(run_until([this] { return !held_.empty(); }));
  EXPECT_FALSE(held_.front()->request().has("Require"));
  held_.front()->respond(Message::response(200, "OK"), "x");
  EXPECT_THAT(receive(peer_), StartsWith("SIP/2.0 200 "));
}

TEST_F(StackDialectTest, MayRefuseARequestOnceForAllItsRepetitions) {
  start();
  const std::string request = peer_.request("OPTIONS", 1, "X-Refuse: yes");
  const std::string first = ask(request);
  EXPECT_THAT(first, StartsWith("SIP/2.0 480 "));
  EXPECT_EQ(header_of(ask(request), "To"), header_of(first, "To")) << "RFC 3261, 8.2.7";
  EXPECT_TRUE(held_.empty());
  EXPECT_EQ(counted("dialect_refused"), 2u);
}

TEST_F(StackDialectTest, MayDropACancel) {
  start();
  ASSERT_THAT(ask(peer_.request("INVITE", 1)), StartsWith("SIP/2.0 100 "));
  bool cancelled = false;
  held_.front()->set_callbacks({[&](const Message&) { cancelled = true; }, {}, {}});
  EXPECT_THAT(ask(peer_.request("CANCEL", 1, "X-Refuse: yes")), StartsWith("SIP/2.0 200 "));
  EXPECT_FALSE(cancelled);
  EXPECT_EQ(counted("dialect_dropped"), 1u);
  EXPECT_THAT(ask(peer_.request("CANCEL", 1, {}, {}, "z9hG4bKpeer1")), StartsWith("SIP/2.0 200 "));
  EXPECT_EQ(Notes::received, (Lines{"INVITE", "CANCEL"})) << "a repetition is the transaction's";
}

}  // namespace
}  // namespace junctor::cp
