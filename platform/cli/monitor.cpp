// SPDX-License-Identifier: MIT
#include "platform/cli/monitor.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"

namespace junctor::cli {
namespace {

std::string per_second(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string head(std::uint64_t now_unix_ms) { return time_text(now_unix_ms) + " UTC\n\n"; }

}  // namespace

std::string figure_text(double value) {
  constexpr std::array<const char*, 4> kUnits = {"", " k", " M", " G"};
  std::size_t unit = 0;
  while (value >= 10'000 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f%s" : "%.1f%s", value, kUnits[unit]);
  return text.data();
}

std::string CallsView::draw(const Reply& calls, const Reply& trunks, std::uint64_t now_unix_ms) {
  const management::v1::CallSummary& summary = calls.call_summary();
  std::string out = head(now_unix_ms) + std::to_string(summary.calls()) + " calls, ";
  // A gateway that was started anew counts from 0.
  const bool is_known =
      before_ && now_unix_ms > before_->unix_ms && summary.begun() >= before_->begun;
  out += is_known ? per_second(1000.0 * static_cast<double>(summary.begun() - before_->begun) /
                               static_cast<double>(now_unix_ms - before_->unix_ms))
                  : "-";
  out += " new a second, " + std::to_string(summary.begun()) + " since the start\n";
  before_ = {summary.begun(), now_unix_ms};
  for (const management::v1::StateCount& state : summary.states())
    out += (&state == &summary.states(0) ? "" : ", ") + state.state() + " " +
           std::to_string(state.calls());
  out += summary.states().empty() ? "\n" : "\n\n";
  Table table({{"TRUNK"},
               {"STATE"},
               {"CALLS", Align::Right},
               {"LIMIT", Align::Right},
               {"IN", Align::Right},
               {"OUT", Align::Right},
               {"FAILED", Align::Right}});
  for (const management::v1::Trunk& trunk : trunks.trunks())
    table.add({trunk.name(), trunk.state(), std::to_string(trunk.calls()),
               trunk.max_calls() == 0 ? "" : std::to_string(trunk.max_calls()),
               std::to_string(trunk.calls_in()), std::to_string(trunk.calls_out()),
               std::to_string(trunk.calls_failed())});
  return out + table.text("there is no trunk") + "\n" + render_calls(calls, now_unix_ms);
}

std::uint64_t TrafficView::growth(const std::string& name, std::uint64_t value) {
  now_[name] = value;
  const auto before = before_.find(name);
  return before == before_.end() || value < before->second ? 0 : value - before->second;
}

std::string TrafficView::rate(const std::string& name, std::uint64_t value, bool is_bits) {
  const bool is_known = before_.contains(name) && now_ms_ > before_ms_;
  const double grown = static_cast<double>(growth(name, value)) * (is_bits ? 8 : 1);
  if (!is_known) return "";
  return figure_text(grown * 1000.0 / static_cast<double>(now_ms_ - before_ms_));
}

std::string TrafficView::draw(const Reply& ports, const Reply& counters,
                              std::uint64_t now_unix_ms) {
  before_ms_ = std::exchange(now_ms_, now_unix_ms);
  before_ = std::exchange(now_, {});
  Table lines({{"PORT"},
               {"LINK"},
               {"IN pkt/s", Align::Right},
               {"IN bit/s", Align::Right},
               {"OUT pkt/s", Align::Right},
               {"OUT bit/s", Align::Right},
               {"MISSED/s", Align::Right},
               {"ERRORS/s", Align::Right}});
  for (const media::v1::PortStatistics& port : ports.ports()) {
    const std::string& name = port.name();
    lines.add({name, port.link_up() ? "up" : "down", rate(name + " in", port.packets_received()),
               rate(name + " in octets", port.octets_received(), true),
               rate(name + " out", port.packets_sent()),
               rate(name + " out octets", port.octets_sent(), true),
               rate(name + " missed", port.missed()), rate(name + " errors", port.errors())});
  }
  Table cores({{"CORE", Align::Right}, {"BUSY", Align::Right}, {"pkt/s", Align::Right}});
  for (const media::v1::WorkerStatistics& worker : ports.workers())
    cores.add({std::to_string(worker.core()), percent_text(worker.busy_permille() / 1000.0),
               rate("core " + std::to_string(worker.core()), worker.packets())});
  Table drops({{"DROPS AND FAULTS"}, {"A SECOND", Align::Right}, {"IN ALL", Align::Right}});
  for (const media::v1::Counter& counter : counters.counters()) {
    if (counter.severity() == "info") continue;
    const std::string a_second = rate(counter.name(), counter.value());
    if (before_.contains(counter.name()) && now_[counter.name()] > before_[counter.name()])
      drops.add({counter.name(), a_second, std::to_string(counter.value())});
  }
  return head(now_unix_ms) + lines.text("there is no port") + "\n" +
         cores.text("there is no worker") + "\n" + drops.text("nothing was dropped");
}

}  // namespace junctor::cli
