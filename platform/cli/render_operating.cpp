// SPDX-License-Identifier: MIT
// Calls and trunks with all that is known of them, and memory.
#include <algorithm>

#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string line(std::string name, const std::string& value) {
  constexpr std::size_t kWidth = 14;
  name.resize(std::max(name.size() + 1, kWidth), ' ');
  return "  " + name + (value.empty() ? "-" : escape(value)) + "\n";
}

// "2026-01-31 12:00:00 UTC, 0:12 ago"
std::string moment(std::uint64_t unix_ms, std::uint64_t now_unix_ms) {
  if (unix_ms == 0) return "";
  const std::string ago =
      now_unix_ms < unix_ms ? "" : ", " + duration_text(now_unix_ms - unix_ms) + " ago";
  return time_text(unix_ms) + " UTC" + ago;
}

std::string render_leg(const char* side, const management::v1::Leg& leg) {
  return line(side, "trunk " + leg.trunk() + ", " + leg.state()) + line("  peer", leg.peer()) +
         line("  number", leg.number()) + line("  codec", leg.codec()) +
         line("  Call-ID", leg.call_id());
}

std::string render_call(const management::v1::Call& call, std::uint64_t now_unix_ms) {
  std::string out = "call " + escape(call.id()) + "\n" +
                    line("state", call.on_hold() ? call.state() + ", held" : call.state()) +
                    line("calling", call.calling()) + line("called", call.called()) +
                    line("route", call.route()) +
                    line("started", moment(call.started_unix_ms(), now_unix_ms)) +
                    line("answered", moment(call.answered_unix_ms(), now_unix_ms));
  for (int i = 0; i < call.legs_size(); ++i)
    out += render_leg(i == 0 ? "calling leg" : "called leg", call.legs(i));
  return out;
}

// "3 of 30"
std::string of(std::uint64_t value, std::uint64_t limit) {
  return number(value) + (limit == 0 ? "" : " of " + number(limit));
}

std::string render_peer(const management::v1::Peer& peer, std::uint64_t now_unix_ms) {
  const std::uint32_t rtt = peer.options_round_trip_us();
  return "\npeer " + escape(peer.address()) + " " + escape(peer.transport()) + "\n" +
         line("state", peer.state()) + line("priority", number(peer.priority())) +
         line("weight", number(peer.weight())) + line("last answer", peer.last_response()) +
         line("OPTIONS", moment(peer.checked_unix_ms(), now_unix_ms)) +
         line("round trip", rtt == 0 ? "" : milliseconds_text(rtt) + " ms");
}

}  // namespace

std::string render_calls_detail(const Reply& reply, std::uint64_t now_unix_ms) {
  std::string out;
  for (const management::v1::Call& call : reply.calls())
    out += (out.empty() ? "" : "\n") + render_call(call, now_unix_ms);
  return out.empty() ? "no calls\n" : out;
}

std::string render_trunk(const Reply& reply, std::uint64_t now_unix_ms, std::size_t width) {
  std::string out = render_trunks(reply, width);
  for (const management::v1::Trunk& trunk : reply.trunks()) {
    out += "\ntrunk " + escape(trunk.name()) + "\n" +
           line("calls", of(trunk.calls(), trunk.max_calls())) +
           line("last second", of(trunk.calls_last_second(), trunk.max_calls_per_second())) +
           line("in, out", number(trunk.calls_in()) + ", " + number(trunk.calls_out())) +
           line("failed", number(trunk.calls_failed())) +
           line("refused", number(trunk.calls_refused()));
    for (const management::v1::Peer& peer : trunk.peers()) out += render_peer(peer, now_unix_ms);
    Table causes({{"WHY CALLS FAILED"}, {"COUNT", Align::Right}, {"LAST (UTC)"}});
    for (const management::v1::CauseCount& cause : trunk.causes())
      causes.add({cause.reason(), number(cause.count()), time_text(cause.last_unix_ms())});
    out += "\n" + causes.text("no call failed", width);
  }
  return out;
}

std::string render_memory(const Reply& reply, std::size_t width) {
  Table table({{"PROGRAM"},
               {"WHAT"},
               {"SIZE", Align::Right},
               {"OF", Align::Right},
               {"COUNT", Align::Right},
               {"OF", Align::Right}});
  const auto octets = [](std::uint64_t bytes) { return bytes == 0 ? "" : octets_text(bytes); };
  for (const management::v1::MemoryUse& use : reply.memory()) {
    const bool is_counted = use.count() > 0 || use.limit_count() > 0;
    table.add({use.program(), use.what(), octets(use.bytes()), octets(use.limit_bytes()),
               is_counted ? number(use.count()) : "",
               use.limit_count() > 0 ? number(use.limit_count()) : ""});
  }
  return table.text("nothing is known", width);
}

}  // namespace junctor::cli
