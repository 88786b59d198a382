// SPDX-License-Identifier: MIT
// The gateway itself.
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/table.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

Outcome show_plugins(const GatewayLink& link, bool is_json, Sink& out) {
  management::v1::Request request;
  request.mutable_show_plugins();
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (is_json) {
    out.write(list_json(*reply, "plugins"));
    return {};
  }
  Table table({{"PLUGIN"}, {"OPTION"}, {"DEFAULT"}, {"WHAT"}});
  for (const management::v1::Plugin& plugin : reply->plugins()) {
    table.add(
        {plugin.name(), std::string(Table::kBlank), std::string(Table::kBlank), plugin.summary()});
    for (const management::v1::PluginOption& option : plugin.options())
      table.add({std::string(Table::kBlank), option.name(), option.default_value(), option.help()});
  }
  out.write(table.text("there is no plugin\n", out.width()));
  return {};
}

}  // namespace

std::vector<CommandRow> system_commands(const GatewayLink& link) {
  return {
      show_row(link, "show ports", "the Ethernet ports", Noun::Ports),
      show_row(link, "show cores", "the cores that carry voice, and how busy they are",
               Noun::Workers),
      show_row(link, "show counters", "what happened how often, each with its sentence",
               Noun::Counters),
      show_row(link, "show counters nonzero", "those that counted", Noun::Counters),
      show_row(link, "show version", "the program and its state", Noun::Version),
      {"show plugins", "the dialects that trunks may speak, with their options",
       [&link](const console::Command& command, Sink& out) {
         return show_plugins(link, command.is_json, out);
       }},
  };
}

}  // namespace junctor::cli
