// SPDX-License-Identifier: MIT
// What the programs take of memory and disk.
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

std::vector<CommandRow> memory_commands(const GatewayLink& link) {
  return {{"show memory", "what the programs take of memory and disk, and may take",
           [&link](const console::Command& command, Sink& out) {
             management::v1::Request request;
             request.mutable_show_memory();
             const auto reply = link.ask(request);
             if (!reply) return Outcome::failed(reply.error().text());
             out.write(command.is_json ? list_json(*reply, "memory")
                                       : render_memory(*reply, out.width()));
             for (const std::string& note : reply->notes())
               if (!command.is_json) out.write("! " + escape(note) + "\n");
             return Outcome{};
           }}};
}

}  // namespace junctor::cli
