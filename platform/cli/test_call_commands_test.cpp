// SPDX-License-Identifier: MIT
// `test call` as it is typed, on a gateway that is played by the test.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/cli/gateway_language.hpp"
#include "platform/cli/test_call_report.hpp"
#include "platform/console/expand.hpp"
#include "platform/console/once.hpp"

namespace junctor::cli {
namespace {

using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;
using testing::ElementsAre;
using testing::HasSubstr;

CallTest state(const std::string& name, std::uint32_t status = 0, const std::string& reason = "") {
  CallTest out;
  out.set_call_id("t1");
  out.set_state(name);
  out.set_trunk("pbx");
  out.set_number("1000");
  out.set_peer("192.0.2.10:5060");
  out.set_seconds(5);
  out.set_sip_status(status);
  out.set_reason(reason);
  return out;
}

CallTest ringing() {
  CallTest out = state("ringing", 180, "Ringing");
  out.set_ringing_after_ms(120);
  return out;
}

CallTest heard(const std::string& name, std::uint32_t ms) {
  CallTest out = state(name, 200, name == "ended" ? "it was heard for its time" : "OK");
  out.set_ringing_after_ms(120);
  out.set_answered_after_ms(900);
  media::v1::LegStatistics& media = *out.mutable_media();
  media.set_packets_received(ms / 20);
  media.set_packets_sent(ms / 20);
  media.set_codec("PCMA/8000");
  media.set_jitter_us(400);
  media.set_mos_x100(441);
  media::v1::Heard& what = *out.mutable_heard();
  what.set_heard_ms(ms);
  what.set_tone_permille(980);
  what.set_tone_hz_x10(4252);
  what.set_tone_dbm0_x10(-132);
  what.set_level_dbm0_x10(-132);
  return out;
}

class TestCallCommands : public testing::Test {
 protected:
  TestCallCommands()
      : language_(
            {{[this](const Request& request) { return ask(request); }, [] { return 0; }}, "gw"}) {}

  Result<Reply> ask(const Request& request) {
    Reply reply;
    if (request.has_show_trunks()) {  // what may stand for a trunk
      reply.add_trunks()->set_name("pbx");
      return reply;
    }
    asked.push_back(request);
    if (!refusal.empty()) return Error{"", refusal};
    *reply.mutable_call_test() = states.at(std::min(at_++, states.size() - 1));
    return reply;
  }
  std::string type(const std::string& line) {
    const int out = memfd_create("out", 0);
    status = console::run_once(language_, line, out, out);
    std::array<char, 1 << 14> text{};
    const ssize_t n = pread(out, text.data(), text.size(), 0);
    close(out);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  std::string words_after(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& candidate : console::candidates_of(language_.complete(words), {}))
      all += (all.empty() ? "" : " ") + candidate.word;
    return all;
  }

  std::vector<Request> asked;
  std::vector<CallTest> states{state("calling"), ringing(), heard("hearing", 1000),
                               heard("ended", 5000)};
  std::string refusal;
  int status = 0;
  std::size_t at_ = 0;
  GatewayLanguage language_;
};

TEST_F(TestCallCommands, TellsHowItGoesAndWhatItHeard) {
  EXPECT_EQ(type("test call pbx number 1000"),
            "calling 1000 at pbx (192.0.2.10:5060) ...\n"
            "180 Ringing after 0.1 s\n"
            "answered after 0.9 s, sends a tone of 1004 Hz for 5 s\n"
            "hears a tone of 425 Hz at -13.2 dBm0 in 98 % of the time\n"
            "ended     it was heard for its time\n"
            "heard     a tone of 425 Hz at -13.2 dBm0 in 98 % of the time\n"
            "packets   250 received, 0 lost (0.0 %), 250 sent\n"
            "quality   PCMA/8000, jitter 0.4 ms, MOS 4.41\n");
  EXPECT_EQ(status, console::kDone);
  ASSERT_TRUE(asked.front().has_test_call());
  EXPECT_EQ(asked.front().test_call().trunk(), "pbx");
  EXPECT_EQ(asked.front().test_call().number(), "1000");
  EXPECT_EQ(asked.front().test_call().seconds(), 0u);
  EXPECT_FALSE(asked.front().test_call().echo());
  EXPECT_EQ(asked.back().show_test_call().call_id(), "t1");
}

TEST_F(TestCallCommands, TakesItsOptions) {
  type("test call pbx number 1000 calling 4711 echo 60");
  EXPECT_EQ(asked.front().test_call().calling(), "4711");
  EXPECT_TRUE(asked.front().test_call().echo());
  EXPECT_EQ(asked.front().test_call().seconds(), 60u);
  asked.clear();
  at_ = 0;
  type("test call pbx number 1000 tone");
  EXPECT_FALSE(asked.front().test_call().echo());
}

TEST_F(TestCallCommands, RefusesWhatIsNoOption) {
  for (const char* line : {"test call pbx number 1000 61", "test call pbx number 1000 0",
                           "test call pbx number 1000 x", "test call pbx number 1000 tone echo",
                           "test call pbx number 1000 calling", "test call pbx number 1000 5 5",
                           "test call pbx number 1000 5 tone", "test call pbx number"}) {
    asked.clear();
    type(line);
    EXPECT_NE(status, console::kDone) << line;
    for (const Request& request : asked) EXPECT_FALSE(request.has_test_call()) << line;
  }
  EXPECT_THAT(type("test call pbx number 1000 61"), HasSubstr("1 to 60 seconds are expected"));
}

TEST_F(TestCallCommands, SaysWhyItFailed) {
  states = {state("calling"), state("ended", 486, "the called side answered 486 Busy Here")};
  EXPECT_THAT(type("test call pbx number 1000"),
              HasSubstr("not answered: the called side answered 486 Busy Here"));
  EXPECT_EQ(status, console::kFailed);
  refusal = "there is no trunk pbx2";
  EXPECT_THAT(type("test call pbx2 number 1000"), HasSubstr("there is no trunk pbx2"));
}

TEST_F(TestCallCommands, AsJsonIsTheEndAlone) {
  const std::string text = type("test call pbx number 1000 | json");
  EXPECT_TRUE(text.starts_with("{\n")) << text;
  EXPECT_THAT(text, HasSubstr("\"state\": \"ended\""));
  EXPECT_THAT(text, HasSubstr("\"tone_hz_x10\": 4252"));
  EXPECT_EQ(text.find("calling 1000"), std::string::npos);
}

TEST_F(TestCallCommands, AsJsonHasTheStatusOfTheText) {
  CallTest deaf = heard("ended", 5000);
  deaf.set_loopback(true);
  CallTest well = deaf;
  well.set_loopback_heard(true);
  const struct {
    const char* line;
    CallTest end;
    int status;
  } rows[] = {
      {"test call loopback", deaf, console::kFailed},
      {"test call loopback", well, console::kDone},
      {"test call loopback", state("ended", 503, "no port is left"), console::kFailed},
      {"test call pbx number 1000", state("ended", 486, "Busy Here"), console::kFailed},
      {"test call pbx number 1000", heard("ended", 5000), console::kDone},
  };
  for (const auto& row : rows) {
    states = {row.end};
    at_ = 0;
    type(row.line);
    EXPECT_EQ(status, row.status) << row.line;
    at_ = 0;
    EXPECT_THAT(type(std::string(row.line) + " | json"), HasSubstr("\"state\": \"ended\""));
    EXPECT_EQ(status, row.status) << row.line << " | json";
  }
}

TEST_F(TestCallCommands, KnowsWhatMayFollow) {
  EXPECT_EQ(words_after({"test", "call"}), "loopback pbx <trunk>");
  EXPECT_EQ(words_after({"test", "call", "pbx", "number", "1"}), "calling tone echo <1-60>");
  EXPECT_EQ(words_after({"test", "call", "pbx", "number", "1", "calling"}), "<number>");
  EXPECT_EQ(words_after({"test", "call", "pbx", "number", "1", "calling", "2"}),
            "tone echo <1-60>");
  EXPECT_EQ(words_after({"test", "call", "pbx", "number", "1", "echo"}), "<1-60>");
  EXPECT_EQ(words_after({"test", "call", "pbx", "number", "1", "echo", "9"}), "");
}

TEST_F(TestCallCommands, ALoopbackNeedsNeitherTrunkNorNumber) {
  for (CallTest& one : states) {
    one.set_loopback(true);
    one.set_peer("127.0.0.1:40000");
  }
  states.back().set_loopback_heard(true);
  EXPECT_EQ(type("test call loopback seconds 2"),
            "the gateway calls itself (127.0.0.1:40000) ...\n"
            "180 Ringing after 0.1 s\n"
            "answered after 0.9 s, sends a tone of 1004 Hz for 5 s\n"
            "hears a tone of 425 Hz at -13.2 dBm0 in 98 % of the time\n"
            "ended     it was heard for its time\n"
            "heard     a tone of 425 Hz at -13.2 dBm0 in 98 % of the time\n"
            "packets   250 received, 0 lost (0.0 %), 250 sent\n"
            "quality   PCMA/8000, jitter 0.4 ms, MOS 4.41\n"
            "passed    both planes: the call was made, relayed and answered by the gateway\n");
  EXPECT_EQ(status, console::kDone);
  ASSERT_TRUE(asked.front().has_test_call());
  EXPECT_TRUE(asked.front().test_call().loopback());
  EXPECT_EQ(asked.front().test_call().seconds(), 2u);
  EXPECT_EQ(asked.front().test_call().trunk(), "");
}

TEST_F(TestCallCommands, ALoopbackThatIsNotHeardHasFailed) {
  for (CallTest& one : states) one.set_loopback(true);
  const std::string text = type("test call loopback");
  EXPECT_THAT(text, HasSubstr("the gateway did not hear its own tone; heard a tone of 425 Hz"));
  EXPECT_EQ(text.find("passed"), std::string::npos);
  EXPECT_EQ(status, console::kFailed);
  states = {state("ended", 503, "no port is left for voice")};
  at_ = 0;
  EXPECT_THAT(type("test call loopback"), HasSubstr("not answered: 503, no port is left"));
  EXPECT_EQ(status, console::kFailed);
  asked.clear();
  for (const char* line : {"test call loopback seconds 0", "test call loopback seconds 61",
                           "test call loopback seconds x", "test call loopback seconds"}) {
    type(line);
    EXPECT_NE(status, console::kDone) << line;
  }
  EXPECT_TRUE(asked.empty());
}

TEST_F(TestCallCommands, ATrunkMayBeCalledLoopback) {
  type("test call loopback number 1000 calling 4711 echo 9");
  EXPECT_EQ(status, console::kDone);
  const auto& call = asked.front().test_call();
  EXPECT_FALSE(call.loopback());
  EXPECT_EQ(call.trunk(), "loopback");
  EXPECT_EQ(call.number(), "1000");
  EXPECT_EQ(call.calling(), "4711");
  EXPECT_EQ(call.seconds(), 9u);
  EXPECT_EQ(words_after({"test", "call", "loopback"}), "seconds number");
  EXPECT_EQ(words_after({"test", "call", "loopback", "number", "1", "echo"}), "<1-60>");
}

TEST(HeardText, SaysWhatMattersFirst) {
  const struct {
    const char* sentence;
    std::uint32_t ms, silent, tone;
    std::int32_t level_x10;
    const char* text;
  } rows[] = {
      {"nothing came", 0, 0, 0, 0, "nothing: no voice came"},
      {"silence", 5000, 1000, 0, 0, "silence"},
      {"nearly silence", 5000, 995, 0, -400, "silence"},
      {"a tone", 5000, 0, 1000, -100, "a tone of 425 Hz at -10.0 dBm0 in 100 % of the time"},
      {"a cadence", 5000, 520, 480, -100,
       "a tone of 425 Hz at -10.0 dBm0 in 48 % of the time, silence in 52 %"},
      {"speech", 5000, 400, 20, -281, "voice or noise, -28.1 dBm0, silence in 40 %"},
      {"noise", 5000, 0, 0, -5, "voice or noise, -0.5 dBm0"},
  };
  for (const auto& row : rows) {
    media::v1::Heard heard;
    heard.set_heard_ms(row.ms);
    heard.set_silent_permille(row.silent);
    heard.set_tone_permille(row.tone);
    heard.set_tone_hz_x10(4250);
    heard.set_tone_dbm0_x10(-100);
    heard.set_level_dbm0_x10(row.level_x10);
    EXPECT_EQ(heard_text(heard), row.text) << row.sentence;
  }
}

TEST(Progress, OfOneThatIsAnsweredAtOnce) {
  EXPECT_THAT(progress_of({}, heard("hearing", 0)),
              ElementsAre("calling 1000 at pbx (192.0.2.10:5060) ...", "rings after 0.1 s",
                          "answered after 0.9 s, sends a tone of 1004 Hz for 5 s"));
}

TEST(Progress, OfEarlyMedia) {
  CallTest early = ringing();
  early.set_sip_status(183);
  early.set_early_after_ms(120);
  EXPECT_THAT(progress_of(ringing(), early), ElementsAre("early media after 0.1 s"));
  CallTest later = early;
  *later.mutable_early() = heard("hearing", 1200).heard();
  EXPECT_THAT(progress_of(early, later),
              ElementsAre("hears early a tone of 425 Hz at -13.2 dBm0 in 98 % of the time"));
  EXPECT_THAT(progress_of(later, later), ElementsAre());
  CallTest answered = heard("hearing", 0);
  *answered.mutable_early() = later.early();
  EXPECT_THAT(progress_of(later, answered), testing::SizeIs(1)) << "what was early is over";
}

TEST(Report, HasAPlaceForEarlyMedia) {
  CallTest test = heard("ended", 5000);
  EXPECT_EQ(report_of(test).find("early"), std::string::npos);
  test.mutable_early()->set_heard_ms(900);
  test.mutable_early()->set_silent_permille(1000);
  EXPECT_THAT(report_of(test),
              HasSubstr("its time\nearly     silence\nheard     a tone of 425 Hz"));
}

TEST(Report, OfOneWhoseDataplaneWasAway) {
  CallTest test = heard("ended", 5000);
  test.clear_media();
  test.clear_heard();
  EXPECT_THAT(report_of(test), HasSubstr("unknown: the dataplane was away"));
}

}  // namespace
}  // namespace junctor::cli
