// SPDX-License-Identifier: MIT
// `test call`: the gateway calls, and reports what it heard.
#include <algorithm>
#include <chrono>
#include <thread>

#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/test_call_report.hpp"

namespace junctor::cli {
namespace {

using console::Candidate;
using console::Completion;
using console::Outcome;
using console::Sink;
using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;

constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kMoment{20};
constexpr std::uint32_t kMaxSeconds = 60;
constexpr std::size_t kRest = 5;  // test call TRUNK number NUMBER ...

// What may stand once each, in this order: calling N, tone or echo, seconds.
struct Options {
  std::string calling;
  bool has_sound = false;
  bool is_echo = false;
  std::uint32_t seconds = 0;
};

// The options that the words say; else which of them is wrong.
std::optional<std::size_t> wrong_word(CommandRow::Words words, Options& out) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_first = out.seconds == 0;
    if (words[i] == "calling" && out.calling.empty() && !out.has_sound && is_first) {
      if (++i == words.size()) return i;
      out.calling = words[i];
    } else if ((words[i] == "tone" || words[i] == "echo") && !out.has_sound && is_first) {
      out.has_sound = true;
      out.is_echo = words[i] == "echo";
    } else if (const auto number = number_of(words[i]);
               number && *number <= kMaxSeconds && is_first) {
      out.seconds = *number;
    } else {
      return i;
    }
  }
  return std::nullopt;
}

Completion complete_rest(CommandRow::Words rest) {
  Completion out;
  if (!rest.empty() && rest.back() == "calling" &&
      (rest.size() < 2 || rest[rest.size() - 2] != "calling")) {
    out.candidates.push_back(
        {"<number>", "who calls; junctor if it is left out", Candidate::Kind::Placeholder});
    return out;
  }
  Options said;
  out.may_end = true;
  if (wrong_word(rest, said)) return out;  // the command says what is wrong with it
  if (said.seconds != 0) return out;
  if (!said.has_sound) {
    if (said.calling.empty()) out.candidates.push_back({"calling", "the number that calls"});
    out.candidates.push_back({"tone", "sends 1004 Hz at -10 dBm0, which is the default"});
    out.candidates.push_back({"echo", "sends back what it hears"});
  }
  out.candidates.push_back(
      {"<1-60>", "seconds of voice, 5 if it is left out", Candidate::Kind::Placeholder});
  return out;
}

// One test call, from the first question to the last.
class TestCallRun {
 public:
  TestCallRun(const GatewayLink& link, bool is_json, Sink& out)
      : link_(link), is_json_(is_json), out_(out) {}

  Outcome run(const Request& begin) {
    if (auto trouble = take(link_.ask(begin))) return *trouble;
    while (test_.state() != "ended") {
      pause();
      Request request;
      request.mutable_show_test_call()->set_call_id(test_.call_id());
      request.mutable_show_test_call()->set_hang_up(is_hung_up_);
      if (auto trouble = take(link_.ask(request))) return *trouble;
    }
    if (is_hung_up_) return hung_up();
    // Scripts read the status: it is that of the text.
    const bool is_answered = test_.answered_after_ms() != 0;
    const auto text = [&] { return is_answered ? report_of(test_) : early_of(test_); };
    out_.write(is_json_ ? to_json(test_) : text());
    if (!is_answered) return Outcome::failed(failure_of(test_));
    const bool is_deaf = test_.loopback() && !test_.loopback_heard();
    return is_deaf ? Outcome::failed(deafness_of(test_)) : Outcome{};
  }

 private:
  std::optional<Outcome> take(const Result<Reply>& reply) {
    if (!reply) return Outcome::failed(reply.error().text());
    const CallTest before = std::exchange(test_, reply->call_test());
    if (is_json_ || is_hung_up_) return std::nullopt;
    for (const std::string& line : progress_of(before, test_)) out_.write(line + "\n");
    return std::nullopt;
  }
  // Once interrupted there is nothing to wait for there; the call ends within a moment.
  void pause() {
    if (is_hung_up_) return std::this_thread::sleep_for(kMoment);
    const Sink::Event event = out_.wait(-1, kPause);
    is_hung_up_ =
        event == Sink::Event::Interrupted || event == Sink::Event::Gone || out_.is_interrupted();
  }
  // After ^C nothing is written any more, but why the command ended.
  Outcome hung_up() const {
    const bool was_answered = test_.answered_after_ms() != 0;
    return Outcome::failed(was_answered ? "hung up; heard " + heard_text(test_.heard())
                                        : "hung up before an answer");
  }

  const GatewayLink& link_;
  const bool is_json_;
  Sink& out_;
  CallTest test_;
  bool is_hung_up_ = false;
};

Outcome test_call(const GatewayLink& link, const console::Command& command, Sink& out) {
  Options options;
  const CommandRow::Words words = command.words;
  if (const auto wrong = wrong_word(words.subspan(kRest), options)) {
    return Outcome::wrong(kRest + *wrong,
                          "calling NUMBER, tone or echo, and 1 to 60 seconds are expected");
  }
  Request request;
  management::v1::TestCall& call = *request.mutable_test_call();
  call.set_trunk(words[2]);
  call.set_number(words[4]);
  call.set_calling(options.calling);
  call.set_echo(options.is_echo);
  call.set_seconds(options.seconds);
  return TestCallRun(link, command.is_json, out).run(request);
}

// test call loopback [seconds N]
Outcome test_loopback(const GatewayLink& link, const console::Command& command, Sink& out) {
  constexpr std::size_t kSeconds = 4;
  Request request;
  request.mutable_test_call()->set_loopback(true);
  if (command.words.size() > kSeconds) {
    const auto number = number_of(command.words[kSeconds]);
    if (!number || *number == 0 || *number > kMaxSeconds)
      return Outcome::wrong(kSeconds, "1 to 60 seconds are expected");
    request.mutable_test_call()->set_seconds(*number);
  }
  return TestCallRun(link, command.is_json, out).run(request);
}

}  // namespace

std::vector<CommandRow> test_call_commands(const GatewayLink& link) {
  const auto loopback = [&link](const console::Command& command, Sink& out) {
    return test_loopback(link, command, out);
  };
  const auto through_trunk = [&link](const console::Command& command, Sink& out) {
    return test_call(link, command, out);
  };
  return {{"test call loopback", "the gateway calls itself through both planes, and nobody else",
           loopback},
          {"test call loopback seconds N", "seconds of voice, 1 to 60", loopback},
          // A trunk may be called loopback as well.
          {"test call loopback number NUMBER ...",
           "calls it through the trunk that is called loopback", through_trunk, complete_rest},
          {"test call TRUNK number NUMBER ...", "the gateway calls, and reports what it heard",
           through_trunk, complete_rest}};
}

}  // namespace junctor::cli
