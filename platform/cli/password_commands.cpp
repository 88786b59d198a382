// SPDX-License-Identifier: MIT
// Who one is.
#include "platform/cli/commands.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

constexpr const char* kNoTerminal = "a password can only be typed at a terminal";

Outcome set_password(const GatewayLink& link, Sink& out) {
  if (!out.is_terminal()) return Outcome::failed(kNoTerminal);
  const auto before = out.ask("Old password (empty if there is none): ", true);
  if (!before) return {};
  const auto wanted = out.ask("New password: ", true);
  if (!wanted) return {};
  const auto again = out.ask("Once more: ", true);
  if (!again) return {};
  if (*wanted != *again) return Outcome::failed("the two differ; nothing is changed");
  management::v1::Request request;
  request.mutable_set_password()->set_old_password(*before);
  request.mutable_set_password()->set_new_password(*wanted);
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (!reply->error().empty()) return Outcome::failed(reply->error());
  out.write("the new password holds\n");
  return {};
}

Outcome log_in(const GatewayLink& link, Sink& out) {
  if (!out.is_terminal()) return Outcome::failed(kNoTerminal);
  const auto user = out.ask("User: ", false);
  if (!user || user->empty()) return {};
  const auto password = out.ask("Password: ", true);
  if (!password) return {};
  management::v1::Request request;
  request.mutable_login()->set_user(*user);
  request.mutable_login()->set_password(*password);
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  return {};
}

}  // namespace

std::vector<CommandRow> password_commands(const GatewayLink& link) {
  return {
      {"password", "sets one's own password",
       [&link](const console::Command&, Sink& out) { return set_password(link, out); }},
      {"login", "goes on as another user, or after junctor-control was restarted",
       [&link](const console::Command&, Sink& out) { return log_in(link, out); }},
  };
}

}  // namespace junctor::cli
