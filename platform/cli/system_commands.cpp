// SPDX-License-Identifier: MIT
// The gateway itself.
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;
using management::v1::Reply;

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

Question ports(const console::Command&) {
  Question what{{}, "ports", [](const Reply& reply, std::uint64_t, std::size_t width) {
                  return render_ports(reply, width);
                }};
  what.request.mutable_show_ports();
  return what;
}

Question cores(const console::Command&) {
  Question what{{}, "workers", [](const Reply& reply, std::uint64_t, std::size_t) {
                  return render_workers(reply);
                }};
  what.request.mutable_show_ports();
  return what;
}

Question counters(const console::Command& command) {
  Question what{{}, "counters", [](const Reply& reply, std::uint64_t, std::size_t width) {
                  return render_counters(reply, width);
                }};
  what.request.mutable_show_counters()->set_nonzero(command.words.back() == "nonzero");
  return what;
}

Question version(const console::Command&) {
  Question what{{}, "version", [](const Reply& reply, std::uint64_t now, std::size_t) {
                  return render_version(reply, now);
                }};
  what.request.mutable_show_version();
  return what;
}

}  // namespace

std::vector<CommandRow> system_commands(const GatewayLink& link) {
  return {
      question_row(link, "show ports", "the Ethernet ports", ports),
      question_row(link, "show cores", "the cores that carry voice, and how busy they are", cores),
      question_row(link, "show workers", "the same as show cores", cores),
      question_row(link, "show counters", "what happened how often, each with its sentence",
                   counters),
      question_row(link, "show counters nonzero", "those that counted", counters),
      question_row(link, "show version", "the program and its state", version),
      {"show plugins", "the dialects that trunks may speak, with their options",
       [&link](const console::Command& command, Sink& out) {
         return show_plugins(link, command.is_json, out);
       }},
  };
}

}  // namespace junctor::cli
