// SPDX-License-Identifier: MIT
// What is asked of the machine and its programs: request system ...
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

Outcome restart(const GatewayLink& link, const console::Command& command, Sink& out) {
  management::v1::Request request;
  request.mutable_restart_program()->set_program(command.words.back() == "control"
                                                     ? management::v1::PROGRAM_CONTROL
                                                     : management::v1::PROGRAM_DATAPLANE);
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (command.is_json) {
    out.write(list_json(*reply, "notes"));
    return {};
  }
  for (const std::string& note : reply->notes()) out.write(note + "\n");
  return {};
}

}  // namespace

std::vector<CommandRow> request_commands(const GatewayLink& link) {
  const auto does = [&link](const console::Command& command, Sink& out) {
    return restart(link, command, out);
  };
  return {
      {"request system restart control", "starts junctor-control again; calls stay", does},
      {"request system restart dataplane",
       "starts junctor-dataplane again; calls stay, their voice is away for a moment", does},
  };
}

}  // namespace junctor::cli
