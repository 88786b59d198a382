// SPDX-License-Identifier: MIT
// What goes on now, a picture a second until q or ^C; without a terminal one picture.
#include <chrono>

#include "platform/cli/commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/monitor.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;
using management::v1::Reply;
using management::v1::Request;

namespace {

constexpr std::chrono::milliseconds kPause{1000};
constexpr std::uint32_t kNewest = 10;

Request watch_calls() {
  Request request;
  request.mutable_watch_calls()->set_newest(kNewest);
  return request;
}
Request show_trunks() {
  Request request;
  request.mutable_show_trunks();
  return request;
}
Request show_ports() {
  Request request;
  request.mutable_show_ports();
  return request;
}
Request show_counters() {
  Request request;
  request.mutable_show_counters();
  return request;
}

// Draws again and again what two questions are answered with. A picture shows what changed since the
// one before, so that without a terminal the second one is shown.
template <typename View>
Outcome watch(const GatewayLink& link, const Request& first, const Request& second, Sink& out) {
  View view;
  for (bool is_first = true; !out.is_interrupted(); is_first = false) {
    const auto one = link.ask(first);
    if (!one) return Outcome::failed(one.error().text());
    const auto two = link.ask(second);
    if (!two) return Outcome::failed(two.error().text());
    const std::string picture = view.draw(*one, *two, link.now_unix_ms());
    if (out.is_terminal()) {
      out.redraw("q or ^C ends          " + picture);
    } else if (!is_first) {
      out.write(picture);
      break;
    }
    if (is_enough(out, kPause)) break;
  }
  return {};
}

Outcome monitor_calls(const GatewayLink& link, const console::Command& command, Sink& out) {
  if (!command.is_json) return watch<CallsView>(link, watch_calls(), show_trunks(), out);
  const auto reply = link.ask(watch_calls());
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(to_json(reply->call_summary()));
  return {};
}

Outcome monitor_traffic(const GatewayLink& link, const console::Command& command, Sink& out) {
  if (!command.is_json) return watch<TrafficView>(link, show_ports(), show_counters(), out);
  const auto reply = link.ask(show_ports());
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(list_json(*reply, "ports"));
  return {};
}

}  // namespace

std::vector<CommandRow> monitor_commands(const GatewayLink& link) {
  return {
      {"monitor calls", "calls by state and trunk, and the newest, until q or ^C",
       [&link](const console::Command& command, Sink& out) {
         return monitor_calls(link, command, out);
       }},
      {"monitor traffic", "packets and bits of each port, the cores, and what is dropped",
       [&link](const console::Command& command, Sink& out) {
         return monitor_traffic(link, command, out);
       }},
  };
}

}  // namespace junctor::cli
