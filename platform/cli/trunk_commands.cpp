// SPDX-License-Identifier: MIT
// The telephone systems that are joined.
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;
using management::v1::Request;

namespace {

Outcome show_trunk(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  request.mutable_show_trunks()->set_name(command.words.at(2));
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(command.is_json ? list_json(*reply, "trunks")
                            : render_trunk(*reply, link.now_unix_ms(), out.width()));
  return {};
}

// "drains, 2 calls are left"
std::string became(const management::v1::Trunk& trunk) {
  if (trunk.state() == "draining")
    return "drains, " + std::to_string(trunk.calls()) +
           (trunk.calls() == 1 ? " call is left" : " calls are left");
  return trunk.state() == "drained"    ? "is drained"
         : trunk.state() == "disabled" ? "is drained no more, but disabled by its configuration"
                                       : "takes calls";
}

// trunk TRUNK drain | enable
Outcome set_trunk(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  management::v1::SetTrunk& what = *request.mutable_set_trunk();
  what.set_name(command.words.at(1));
  what.set_action(command.words.at(2) == "drain" ? management::v1::DRAIN : management::v1::ENABLE);
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (command.is_json) {
    out.write(list_json(*reply, "trunks"));
    return {};
  }
  for (const management::v1::Trunk& trunk : reply->trunks())
    out.write("trunk " + escape(trunk.name()) + " " + became(trunk) + "\n");
  return {};
}

}  // namespace

std::vector<console::Candidate> trunk_values(const GatewayLink& link) {
  Request request;
  request.mutable_show_trunks();
  std::vector<console::Candidate> values;
  if (const auto reply = link.hint(request))
    for (const management::v1::Trunk& trunk : reply->trunks())
      values.push_back({trunk.name(), "trunk, " + trunk.state(), console::Candidate::Kind::Value});
  return values;
}

std::vector<CommandRow> trunk_commands(const GatewayLink& link) {
  const auto set = [&link](const console::Command& command, Sink& out) {
    return set_trunk(link, command, out);
  };
  const auto trunks = [](const console::Command& command) {
    Question what{{}, "trunks", [](const auto& reply, std::uint64_t, std::size_t width) {
                    return render_trunks(reply, width);
                  }};
    what.request.mutable_show_trunks()->set_name(command.words.size() > 2 ? command.words[2] : "");
    return what;
  };
  return {
      question_row(link, "show trunks", "the telephone systems, and whether they answer", trunks),
      question_row(link, "show trunks TRUNK", "one of them", trunks),
      {"show trunk TRUNK", "one telephone system",
       [&link](const console::Command& command, Sink& out) {
         return show_trunk(link, command, out);
       }},
      {"trunk TRUNK drain", "no new calls; those that are up stay", set},
      {"trunk TRUNK enable", "new calls again", set},
  };
}

}  // namespace junctor::cli
