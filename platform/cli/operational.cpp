// SPDX-License-Identifier: MIT
// What may be typed outside configuration.
#include <algorithm>
#include <iterator>

#include "platform/cli/file_commands.hpp"
#include "platform/cli/gateway_language.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/config/secrets.hpp"
#include "platform/config/write_json.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

std::vector<CommandRow> GatewayLanguage::operational_rows() {
  const auto revisions = [this](const Command& command, Sink& out) {
    return show_revisions(command, out);
  };
  const RunLine run = [this](const std::vector<std::string>& words, Sink& out,
                             const std::function<void()>& on_begin) {
    const CommandRow* row = operational_.find(words);
    if (row == nullptr) return Outcome{};
    on_begin();
    console::Command command;
    command.words = words;
    return row->run(command, out);
  };
  const auto writes = [](const Command&, Sink& out) {
    out.write("what runs is kept already: each commit is\n");
    return Outcome{};
  };
  std::vector<CommandRow> own = {
      {"show configuration", "what holds now",
       [this](const Command& command, Sink& out) { return show_configuration(command, out); }},
      {"show running-config", "the same as show configuration",
       [this](const Command& command, Sink& out) { return show_configuration(command, out); }},
      {"show configuration revision N", "what held then",
       [this](const Command& command, Sink& out) { return show_configuration(command, out); }},
      {"show commits", "the revisions: who, when, why", revisions},
      {"configure", "changes the configuration",
       [this](const Command&, Sink& out) { return configure(false, out); }},
      {"configure terminal", "the same as configure",
       [this](const Command&, Sink& out) { return configure(false, out); }},
      {"configure exclusive", "and nobody else may meanwhile",
       [this](const Command&, Sink& out) { return configure(true, out); }},
      {"request system setup", "asks for name, address, gateway and servers, and commits them",
       [this](const Command&, Sink& out) { return set_up(out); }},
      {"write", "nothing: what runs is kept", writes},
      {"write memory", "nothing: what runs is kept", writes},
      {"end", "nothing: configuration is left already",
       [](const Command&, Sink&) { return Outcome{}; }},
      {"exit", "leaves the console", [](const Command&, Sink&) { return Outcome::leave(); }},
      {"quit", "leaves the console", [](const Command&, Sink&) { return Outcome::leave(); }},
      {"logout", "leaves the console", [](const Command&, Sink&) { return Outcome::leave(); }},
  };
  std::vector<CommandRow> all;
  const auto add = [&all](std::vector<CommandRow> group) {
    std::ranges::move(group, std::back_inserter(all));
  };
  const GatewayLink& gateway = given_.gateway;
  add(call_commands(gateway));
  add(trunk_commands(gateway));
  add(memory_commands(gateway));
  add(hardware_commands(gateway));
  add(trace_commands(gateway));
  add(capture_commands(gateway, given_.files));
  add(system_commands(gateway));
  add(request_commands(gateway));
  add(appliance_commands(gateway));
  add(log_commands(gateway, monitor_));
  add(monitor_commands(gateway));
  add(support_commands(gateway, given_.files, run));
  add(file_commands(gateway, given_.files));
  add(try_commands(gateway));
  add(test_call_commands(gateway));
  add(password_commands(gateway));
  add(terminal_commands(given_.settings));
  add(std::move(own));
  return all;
}

Result<management::v1::Reply> GatewayLanguage::get_config(std::uint32_t revision) const {
  management::v1::Request request;
  request.mutable_get_config()->set_revision(revision);
  return given_.gateway.ask(request);
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
  config::v1::Config config = reply->configuration().config();
  if (command.is_json) {
    config::mask_all(config);
    out.write(config::write_json(config));
    return {};
  }
  for (const config::Setting& one : config::settings(config, config::Secrets::Masked)) {
    if (out.is_interrupted()) break;
    out.write("set " + config::text_of(one.words) + "\n");
  }
  return {};
}

Outcome GatewayLanguage::show_revisions(const Command& command, Sink& out) {
  management::v1::Request request;
  request.mutable_show_revisions();
  const auto reply = given_.gateway.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (command.is_json) {
    out.write(list_json(*reply, "revisions"));
    return {};
  }
  Table table(
      {{"REVISION", Align::Right}, {"COMMITTED (UTC)"}, {"BY"}, {"CONFIRMED"}, {"COMMENT"}});
  for (const management::v1::Revision& revision : reply->revisions()) {
    const bool is_waiting = revision.return_to() != 0;
    table.add({std::to_string(revision.number()), time_text(revision.unix_ms()), revision.user(),
               is_waiting ? "no, " + std::to_string(revision.left_s()) + " s left"
                          : revision.confirmed_by(),
               revision.mistake().empty() ? revision.comment() : revision.mistake()});
  }
  out.write(table.text("there is no revision\n", out.width()));
  return {};
}

void GatewayLanguage::write_pending(const management::v1::Configuration& now, Sink& out) {
  if (!now.has_pending()) return;
  out.write("! revision " + std::to_string(now.pending().revision()) + " returns to " +
            std::to_string(now.pending().return_to()) + " in " +
            std::to_string(now.pending().left_s()) + " s unless it is committed again\n");
}

Outcome GatewayLanguage::configure(bool is_exclusive, Sink& out) {
  if (is_exclusive) {
    management::v1::Request request;
    request.mutable_lock_config();
    const auto locked = given_.gateway.ask(request);
    if (!locked) return Outcome::failed(locked.error().text());
    if (given_.gateway.made) locked_on_ = given_.gateway.made();
  }
  const auto reply = get_config(0);
  if (!reply) return Outcome::failed(reply.error().text());
  const management::v1::Configuration& now = reply->configuration();
  if (now.role() != config::v1::ADMIN) return Outcome::failed("only an admin may configure");
  base_ = candidate_ = now.config();
  take_name(base_);
  base_revision_ = now.revision().number();
  path_.clear();
  came_from_.clear();
  is_configuring_ = true;
  is_exclusive_ = is_exclusive;
  if (!is_exclusive && !now.locked_by().empty())
    out.write("! " + now.locked_by() +
              " configures exclusively: nothing can be committed until then\n");
  write_pending(now, out);
  return {};
}

}  // namespace junctor::cli
