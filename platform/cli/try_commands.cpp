// SPDX-License-Identifier: MIT
// What would happen to a call.
#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/table.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

std::string render(const management::v1::RouteTest& test, std::size_t width) {
  Table table({{"TRIED"}, {"NAME"}, {"FITS"}, {"WHY"}});
  for (const management::v1::RouteStep& step : test.steps())
    table.add({step.kind(), step.name(), step.fits() ? "yes" : "no", step.why()});
  std::string text = table.text("there is no route\n", width);
  text += "\n";
  if (test.status() != 0)
    return text + "the call would be refused with " + std::to_string(test.status()) + "\n";
  text += "the call would go to\n";
  for (int i = 0; i < test.targets_size(); ++i)
    text += "  " + std::to_string(i + 1) + "  " + escape(test.targets(i)) + "\n";
  return text;
}

// test route from TRUNK called NUMBER calling NUMBER
Outcome test_route(const GatewayLink& link, const console::Command& command, Sink& out) {
  management::v1::Request request;
  management::v1::TestRoute& what = *request.mutable_test_route();
  what.set_trunk(command.words[3]);
  what.set_called(command.words[5]);
  if (command.words.size() > 7) what.set_calling(command.words[7]);
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(command.is_json ? to_json(reply->route_test())
                            : render(reply->route_test(), out.width()));
  return {};
}

}  // namespace

std::vector<CommandRow> try_commands(const GatewayLink& link) {
  const auto route = [&link](const console::Command& command, Sink& out) {
    return test_route(link, command, out);
  };
  return {
      {"test route from TRUNK called NUMBER", "where a call would go, and why; nobody is called",
       route},
      {"test route from TRUNK called NUMBER calling NUMBER", "with the number of who calls", route},
  };
}

}  // namespace junctor::cli
