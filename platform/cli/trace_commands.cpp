// SPDX-License-Identifier: MIT
// SIP as the gateway saw it: of calls that were, and as it passes.
#include <algorithm>
#include <memory>
#include <span>
#include <variant>

#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/ladder.hpp"
#include "platform/cli/options.hpp"
#include "platform/cli/render.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

constexpr std::chrono::milliseconds kLivePause{250};
constexpr std::size_t kFirstOption = 2;  // after "trace sip"

class SipTrace {
 public:
  explicit SipTrace(const GatewayLink& link)
      : link_(link),
        options_({
            {"trunk", "calls of a trunk", "<trunk>", [&link] { return trunk_values(link); }},
            {"number", "calls of a number, calling or called", "<number>"},
            {"last", "so many calls", "<n>"},
            {"live", "as it passes, until q or ^C"},
            {"full", "with the messages whole"},
        }) {}

  console::Completion complete(CommandRow::Words rest) const { return options_.complete(rest); }
  Outcome show(const console::Command& command, Sink& out) const;
  Outcome show_call(const console::Command& command, Sink& out) const;

 private:
  Outcome print(const management::v1::Request& request, bool is_full, bool is_json,
                Sink& out) const;
  Outcome follow(management::v1::Request request, bool is_full, Sink& out) const;

  const GatewayLink& link_;
  const Options options_;
};

Outcome SipTrace::show(const console::Command& command, Sink& out) const {
  const Options::Given given =
      options_.read(std::span(command.words).subspan(std::min(kFirstOption, command.words.size())));
  const auto value = [&given](const char* word) {
    const auto at = given.find(word);
    return at == given.end() ? std::string() : at->second;
  };
  management::v1::Request request;
  management::v1::ShowTrace& what = *request.mutable_show_trace();
  what.set_trunk(value("trunk"));
  what.set_number(value("number"));
  if (given.contains("last")) {
    const auto last = number_of(value("last"));
    if (!last) return Outcome::failed("last: a number, 1 or more, is expected");
    what.set_last(*last);
  }
  const bool is_full = given.contains("full");
  if (!given.contains("live")) return print(request, is_full, command.is_json, out);
  if (command.is_json) return Outcome::failed("live has no JSON; leave one of the two out");
  return follow(request, is_full, out);
}

Outcome SipTrace::show_call(const console::Command& command, Sink& out) const {
  management::v1::Request request;
  request.mutable_show_trace()->set_call_id(command.words[kFirstOption + 1]);
  return print(request, command.words.back() == "full", command.is_json, out);
}

Outcome SipTrace::print(const management::v1::Request& request, bool is_full, bool is_json,
                        Sink& out) const {
  const auto reply = link_.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(is_json ? list_json(*reply, "trace") : render_sip(*reply, is_full));
  return {};
}

Outcome SipTrace::follow(management::v1::Request request, bool is_full, Sink& out) const {
  management::v1::ShowTrace& what = *request.mutable_show_trace();
  what.set_after(~std::uint64_t{0});  // where it begins
  PassingLadders ladders(is_full);
  if (out.is_terminal()) out.write("SIP as it passes; q or ^C ends\n");
  while (!out.is_interrupted()) {
    const auto reply = link_.ask(request);
    if (!reply) return Outcome::failed(reply.error().text());
    for (const auto& message : reply->trace()) out.write(ladders.add(message));
    what.set_after(reply->newest());
    const bool is_behind = reply->trace_size() > 0;
    if (is_enough(out, is_behind ? std::chrono::milliseconds(0) : kLivePause)) break;
  }
  return {};
}

// show trace [CALL [full] | last N [full] | full]
std::variant<Question, Outcome> kept_trace(const console::Command& command) {
  const auto& words = command.words;
  const bool is_full = words.back() == "full";
  Question what{{}, "trace", [is_full](const auto& reply, std::uint64_t, std::size_t) {
                  return render_trace(reply, is_full);
                }};
  management::v1::ShowTrace& trace = *what.request.mutable_show_trace();
  if (words.size() > 3 && words[2] == "last") {
    const auto number = number_of(words[3]);
    if (!number) return Outcome::wrong(3, "a number, 1 or more, is expected");
    trace.set_last(*number);
  } else if (words.size() > 2 && words[2] != "full") {
    trace.set_call_id(words[2]);
  }
  return what;
}

}  // namespace

std::vector<CommandRow> trace_commands(const GatewayLink& link) {
  const auto sip = std::make_shared<SipTrace>(link);
  const auto of_call = [sip](const console::Command& command, Sink& out) {
    return sip->show_call(command, out);
  };
  return {
      question_row(link, "show trace", "SIP of the last call, as the gateway saw it", kept_trace),
      question_row(link, "show trace full", "with the messages whole", kept_trace),
      question_row(link, "show trace CALL", "SIP of a call", kept_trace),
      question_row(link, "show trace CALL full", "with the messages whole", kept_trace),
      question_row(link, "show trace last N", "SIP of the last calls", kept_trace),
      question_row(link, "show trace last N full", "with the messages whole", kept_trace),
      {"trace sip call CALL", "SIP of a call, also of one that failed or was refused", of_call},
      {"trace sip call CALL full", "with the messages whole", of_call},
      {"trace sip ...", "SIP of the last call",
       [sip](const console::Command& command, Sink& out) { return sip->show(command, out); },
       [sip](CommandRow::Words rest) { return sip->complete(rest); }},
  };
}

}  // namespace junctor::cli
