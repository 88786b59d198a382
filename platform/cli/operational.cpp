// SPDX-License-Identifier: MIT
// What may be typed outside configuration.
#include <charconv>

#include "platform/cli/gateway_language.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/config/write_json.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

std::optional<std::uint32_t> number_of(const std::string& word) {
  std::uint32_t value = 0;
  const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || at != word.data() + word.size() || value == 0) return std::nullopt;
  return value;
}

}  // namespace

std::vector<CommandRow> GatewayLanguage::operational_rows() {
  const auto revisions = [this](const Command& command, Sink& out) {
    return show_revisions(command, out);
  };
  return {
      show_row("show calls", "the calls now", Noun::Calls),
      show_row("show calls CALL", "the legs of one call", Noun::Calls),
      show_row("show calls history", "calls that ended", Noun::Records),
      show_row("show calls history last N", "so many of them", Noun::Records),
      show_row("show trunks", "the telephone systems, and whether they answer", Noun::Trunks),
      show_row("show trunk TRUNK", "one telephone system", Noun::Trunks),
      show_row("show media", "voice of each leg: packets, loss, jitter, MOS", Noun::Media),
      show_row("show media CALL", "voice of one call", Noun::Media),
      show_row("show ports", "the Ethernet ports", Noun::Ports),
      show_row("show cores", "the cores that carry voice, and how busy they are", Noun::Workers),
      show_row("show counters", "what happened how often, each with its sentence", Noun::Counters),
      show_row("show counters nonzero", "those that counted", Noun::Counters),
      show_row("show trace", "SIP of the last call, as the gateway saw it", Noun::Trace),
      show_row("show trace CALL", "SIP of a call", Noun::Trace),
      show_row("show trace CALL full", "with the messages whole", Noun::Trace),
      show_row("show trace last N", "SIP of the last calls", Noun::Trace),
      show_row("show version", "the program and its state", Noun::Version),
      {"show configuration", "what holds now",
       [this](const Command& command, Sink& out) { return show_configuration(command, out); }},
      {"show configuration revision N", "what held then",
       [this](const Command& command, Sink& out) { return show_configuration(command, out); }},
      {"show commits", "the revisions: who, when, why", revisions},
      {"show plugins", "the dialects that trunks may speak, with their options",
       [this](const Command& command, Sink& out) { return show_plugins(command, out); }},
      {"configure", "changes the configuration",
       [this](const Command&, Sink& out) { return configure(false, out); }},
      {"configure exclusive", "and nobody else may meanwhile",
       [this](const Command&, Sink& out) { return configure(true, out); }},
      {"exit", "leaves the console", [](const Command&, Sink&) { return Outcome::leave(); }},
      {"quit", "leaves the console", [](const Command&, Sink&) { return Outcome::leave(); }},
  };
}

CommandRow GatewayLanguage::show_row(std::string_view pattern, std::string_view help, Noun noun) {
  return {pattern, help,
          [this, noun](const Command& command, Sink& out) { return show(command, noun, out); }};
}

Outcome GatewayLanguage::show(const Command& command, Noun noun, Sink& out) {
  cli::Command what;
  what.noun = noun;
  what.is_json = command.is_json;
  for (std::size_t i = 2; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    if (word == "nonzero") {
      what.is_nonzero = true;
    } else if (word == "full") {
      what.is_full = true;
    } else if (word == "last") {
      const auto number = number_of(command.words.back());
      if (!number)
        return Outcome::wrong(command.words.size() - 1, "a number, 1 or more, is expected");
      what.last = *number;
      break;
    } else if (word != "history") {
      what.argument = word;
    }
  }
  const auto reply = given_.ask(request_of(what));
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(command.is_json ? to_json(what, *reply) : render(what, *reply, given_.now_unix_ms()));
  return {};
}

std::vector<std::string> GatewayLanguage::trunk_names() const {
  management::v1::Request request;
  request.mutable_show_trunks();
  std::vector<std::string> names;
  if (const auto reply = given_.ask(request))
    for (const management::v1::Trunk& trunk : reply->trunks()) names.push_back(trunk.name());
  return names;
}

Result<management::v1::Reply> GatewayLanguage::get_config(std::uint32_t revision) const {
  management::v1::Request request;
  request.mutable_get_config()->set_revision(revision);
  return given_.ask(request);
}

Outcome GatewayLanguage::show_configuration(const Command& command, Sink& out) {
  std::uint32_t revision = 0;
  if (command.words.size() > 2) {
    const auto number = number_of(command.words.back());
    if (!number) return Outcome::wrong(3, "a number, 1 or more, is expected");
    revision = *number;
  }
  const auto reply = get_config(revision);
  if (!reply) return Outcome::failed(reply.error().text());
  const config::v1::Config& config = reply->configuration().config();
  if (command.is_json) {
    out.write(config::write_json(config));
    return {};
  }
  for (const config::Setting& one : config::settings(config, config::Secrets::Masked)) {
    if (out.is_interrupted()) break;
    out.write("set " + config::text_of(one.words) + "\n");
  }
  return {};
}

Outcome GatewayLanguage::show_revisions(const Command&, Sink& out) {
  management::v1::Request request;
  request.mutable_show_revisions();
  const auto reply = given_.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  Table table(
      {{"REVISION", Align::Right}, {"COMMITTED (UTC)"}, {"BY"}, {"CONFIRMED"}, {"COMMENT"}});
  for (const management::v1::Revision& revision : reply->revisions()) {
    table.add({std::to_string(revision.number()), time_text(revision.unix_ms()), revision.user(),
               revision.confirmed_by(),
               revision.mistake().empty() ? revision.comment() : revision.mistake()});
  }
  out.write(table.text("there is no revision\n"));
  return {};
}

Outcome GatewayLanguage::show_plugins(const Command&, Sink& out) {
  management::v1::Request request;
  request.mutable_show_plugins();
  const auto reply = given_.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  Table table({{"PLUGIN"}, {"OPTION"}, {"DEFAULT"}, {"WHAT"}});
  for (const management::v1::Plugin& plugin : reply->plugins()) {
    table.add(
        {plugin.name(), std::string(Table::kBlank), std::string(Table::kBlank), plugin.summary()});
    for (const management::v1::PluginOption& option : plugin.options())
      table.add({std::string(Table::kBlank), option.name(), option.default_value(), option.help()});
  }
  out.write(table.text("there is no plugin\n"));
  return {};
}

Outcome GatewayLanguage::configure(bool is_exclusive, Sink& out) {
  if (is_exclusive) {
    management::v1::Request request;
    request.mutable_lock_config();
    const auto locked = given_.ask(request);
    if (!locked) return Outcome::failed(locked.error().text());
  }
  const auto reply = get_config(0);
  if (!reply) return Outcome::failed(reply.error().text());
  const management::v1::Configuration& now = reply->configuration();
  if (now.role() != config::v1::ADMIN) return Outcome::failed("only an admin may configure");
  base_ = candidate_ = now.config();
  base_revision_ = now.revision().number();
  path_.clear();
  is_configuring_ = true;
  is_exclusive_ = is_exclusive;
  if (now.has_pending()) {
    out.write("! revision " + std::to_string(now.pending().revision()) + " returns to " +
              std::to_string(now.pending().return_to()) + " in " +
              std::to_string(now.pending().left_s()) + " s unless it is committed again\n");
  }
  return {};
}

}  // namespace junctor::cli
