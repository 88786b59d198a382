// SPDX-License-Identifier: MIT
// Calls and their voice.
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;
using management::v1::Request;

namespace {

// show calls [brief | detail | trunk TRUNK | number NUMBER]
Outcome show_calls(const GatewayLink& link, const console::Command& command, Sink& out) {
  const auto& words = command.words;
  const std::string how = words.size() > 2 ? words[2] : "";
  Request request;
  management::v1::ShowCalls& what = *request.mutable_show_calls();
  if (how == "trunk") what.set_trunk(words.at(3));
  if (how == "number") what.set_number(words.at(3));
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  const std::uint64_t now = link.now_unix_ms();
  out.write(command.is_json   ? list_json(*reply, "calls")
            : how == "detail" ? render_calls_detail(*reply, now)
                              : render_calls(*reply, now, out.width()));
  return {};
}

// show calls history [failed] [last N], show records [last N]
Outcome show_history(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  management::v1::ShowRecords& what = *request.mutable_show_records();
  for (std::size_t i = 2; i < command.words.size(); ++i) {
    if (command.words[i] == "failed") {
      what.set_failed(true);
    } else if (command.words[i] == "last") {
      const auto number = number_of(command.words.at(++i));
      if (!number) return Outcome::wrong(i, "a number, 1 or more, is expected");
      what.set_last(*number);
    }
  }
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(command.is_json ? list_json(*reply, "records") : render_records(*reply, out.width()));
  return {};
}

// clear call CALL
Outcome clear_call(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  request.mutable_clear_call()->set_call_id(command.words.at(2));
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (command.is_json) {
    out.write(list_json(*reply, "calls"));
    return {};
  }
  for (const management::v1::Call& call : reply->calls())
    out.write("call " + escape(call.id()) + " from " + escape(call.calling()) + " to " +
              escape(call.called()) + " is cleared\n");
  return {};
}

Question one_call(const console::Command& command) {
  Question what{{}, "calls", [](const auto& reply, std::uint64_t now, std::size_t width) {
                  const std::string calls = render_calls(reply, now, width);
                  return reply.calls().empty() ? calls
                                               : calls + "\n" + render_call_legs(reply, width);
                }};
  what.request.mutable_show_calls()->set_call_id(command.words.at(2));
  return what;
}

// show media [[call] CALL]
Question media(const console::Command& command) {
  Question what{{}, "media", [](const auto& reply, std::uint64_t, std::size_t width) {
                  return render_media(reply, width);
                }};
  what.request.mutable_show_media()->set_call_id(command.words.size() > 2 ? command.words.back()
                                                                          : "");
  return what;
}

}  // namespace

std::vector<console::Candidate> call_values(const GatewayLink& link) {
  constexpr std::uint32_t kNewest = 50;
  Request request;
  request.mutable_watch_calls()->set_newest(kNewest);
  std::vector<console::Candidate> values;
  if (const auto reply = link.hint(request))
    for (const management::v1::Call& call : reply->calls())
      values.push_back({call.id(), call.calling() + " to " + call.called() + ", " + call.state(),
                        console::Candidate::Kind::Value});
  return values;
}

std::vector<CommandRow> call_commands(const GatewayLink& link) {
  using Does = Outcome (*)(const GatewayLink&, const console::Command&, Sink&);
  const auto row = [&link](std::string_view pattern, std::string_view help, Does does) {
    return CommandRow{pattern, help, [&link, does](const console::Command& command, Sink& out) {
                        return does(link, command, out);
                      }};
  };
  return {
      row("show calls", "the calls now", show_calls),
      row("show calls brief", "one line a call", show_calls),
      row("show calls detail", "everything of each call", show_calls),
      row("show calls trunk TRUNK", "those that come from it or go to it", show_calls),
      row("show calls number NUMBER", "that calls or is called; a pattern (_0X.) as routes have",
          show_calls),
      question_row(link, "show calls CALL",
                   "the legs of one call, named as far as only one begins so", one_call),
      row("show calls history", "calls that ended", show_history),
      row("show calls history last N", "so many of them", show_history),
      row("show calls history failed", "not answered, or ended by the gateway", show_history),
      row("show calls history failed last N", "so many of them", show_history),
      row("clear call CALL", "ends it, as if both sides had hung up", clear_call),
      row("show records", "calls that ended: show calls history", show_history),
      row("show records last N", "so many of them", show_history),
      question_row(link, "show media", "voice of each leg: packets, loss, jitter, MOS", media),
      question_row(link, "show media CALL", "voice of one call", media),
      question_row(link, "show media call CALL", "voice of one call", media),
  };
}

}  // namespace junctor::cli
