// SPDX-License-Identifier: MIT
#include "platform/cli/ladder.hpp"

#include <algorithm>
#include <utility>

#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

using management::v1::TraceMessage;

constexpr std::size_t kTimeWidth = 12;  // "   12345.6 ms"
constexpr std::size_t kMargin = 3;      // left of the first
constexpr std::size_t kTerminal = 80;

// Text around a column, moved to the left where it would leave a terminal of 80 columns, and to the
// right where something stands already.
void put_centered(std::string& line, std::size_t center, const std::string& text) {
  const std::size_t width = width_of(text);
  std::size_t begin = center > width / 2 ? center - width / 2 : 0;
  if (begin + width > kTerminal) begin = kTerminal > width ? kTerminal - width : 0;
  begin = std::max(begin, line.empty() ? 0 : width_of(line) + 1);
  line.append(begin - width_of(line), ' ');
  line += text;
}

// What fits on an arrow. The method of a response is the first to go: the request stands above it.
std::string label_of(const std::string& summary, std::size_t room) {
  if (width_of(summary) <= room) return summary;
  const std::size_t open = summary.find(" (");
  const std::size_t close = summary.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return shorten(summary, room);
  return shorten(summary.substr(0, open) + summary.substr(close + 1), room);
}

// "-- INVITE sdp -------->" or "<- 200 OK (INVITE) sdp ---", as wide as a span.
std::string arrow(const std::string& summary, bool to_right, std::size_t span) {
  const std::string label = label_of(summary, span - 5);
  const std::string line(span - 4 - width_of(label), '-');
  return to_right ? "-- " + label + " " + line.substr(1) + ">" : "<- " + label + " " + line;
}

// Milliseconds, and of long calls seconds.
std::string time_column(std::uint64_t offset_us) {
  constexpr std::uint64_t kLong = 1'000'000'000;
  const std::string text = offset_us < kLong ? milliseconds_text(offset_us) + " ms"
                                             : milliseconds_text(offset_us / 1000) + " s ";
  const std::size_t width = kTimeWidth - 1;
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text +
         std::string(kMargin + 1, ' ');
}

// The message itself, line by line, moved in.
std::string message_text(const std::string& text) {
  if (text.empty()) return "\n    (not kept: the call sends too much)\n\n";
  std::string out = "\n";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += line.empty() ? "\n" : "    " + escape(line) + "\n";
    at = end + 1;
  }
  return out + "\n";
}

std::size_t side_of(const TraceMessage& message) { return message.leg() == 0 ? 0 : 1; }

// The messages of each call, the calls in the order of the reply.
std::vector<std::vector<const TraceMessage*>> calls_of(const Reply& reply) {
  std::vector<std::vector<const TraceMessage*>> calls;
  std::map<std::string, std::size_t> places;
  for (const TraceMessage& message : reply.trace()) {
    const auto [at, is_new] = places.try_emplace(message.call_id(), calls.size());
    if (is_new) calls.emplace_back();
    calls[at->second].push_back(&message);
  }
  const auto time = [](const TraceMessage* message) { return message->time_unix_us(); };
  for (auto& call : calls) std::ranges::stable_sort(call, {}, time);
  return calls;
}

Ladder::Legs legs_of(const std::vector<const TraceMessage*>& call) {
  const auto has = [&call](std::size_t side) {
    return std::ranges::any_of(call, [side](const auto* one) { return side_of(*one) == side; });
  };
  if (!has(1)) return Ladder::Legs::Caller;
  return has(0) ? Ladder::Legs::Both : Ladder::Legs::Called;
}

template <typename LegsOf>
std::string render_ladders(const Reply& reply, bool is_full, LegsOf legs) {
  std::string out;
  for (const auto& call : calls_of(reply)) {
    Ladder ladder(legs(call), is_full);
    out += (out.empty() ? "" : "\n") + ladder.head(call);
    for (const TraceMessage* message : call) out += ladder.add(*message);
  }
  return out.empty() ? "no trace\n" : out;
}

}  // namespace

std::size_t Ladder::line_at(std::size_t index) const {
  return kTimeWidth + kMargin + index * (span() + 1);
}

// Who stands at the lines: addresses, and the trunks below them.
std::string Ladder::head(const std::vector<const Message*>& of) {
  start_us_ = of.front()->time_unix_us();
  std::string addresses, apart, trunks;  // apart: a line each
  const auto put_address = [&](std::size_t index, const std::string& text) {
    std::string line;
    put_centered(line, line_at(index), text);
    apart += line + "\n";
    put_centered(addresses, line_at(index), text);
  };
  const auto put = [&](std::size_t side, std::size_t index) {
    const auto first = std::ranges::find_if(
        of, [side](const Message* message) { return side_of(*message) == side; });
    if (first == of.end()) return;
    peers_[side] = (*first)->remote();
    put_address(index, escape((*first)->remote()));
    put_centered(trunks, line_at(index), escape((*first)->trunk()));
  };
  const bool has_caller = legs_ != Legs::Called;
  if (has_caller) put(0, 0);
  put_address(has_caller ? 1 : 0, "gateway");
  if (legs_ != Legs::Caller) put(1, has_caller ? 2 : 1);
  std::string out = "call " + escape(of.front()->call_id()) + ", " + time_text(start_us_ / 1000) +
                    " UTC\n\n" + (width_of(addresses) > kTerminal ? apart : addresses + "\n");
  if (trunks.find_first_not_of(' ') != std::string::npos) out += trunks + "\n";
  out += std::string(line_at(0), ' ') + "|" + between() + "|";
  if (legs_ == Legs::Both) out += between() + "|";
  return out + "\n";
}

std::string Ladder::add(const Message& message) {
  std::string out = change_of_peer(message) + step(message);
  if (is_full_) out += message_text(message.text());
  return out;
}

// The called side may be tried at several peers, one after the other.
std::string Ladder::change_of_peer(const Message& message) {
  const std::size_t side = side_of(message);
  if (message.remote() == peers_[side]) return "";
  peers_[side] = message.remote();
  std::string note = std::string(line_at(0), ' ') + "|";
  put_centered(note,
               line_at(side == 0             ? 0
                       : legs_ == Legs::Both ? 2
                                             : 1),
               escape(message.remote()));
  return note + "\n";
}

std::string Ladder::step(const Message& message) const {
  const std::size_t side = side_of(message);
  const bool to_right = (side == 0) != message.sent();
  const std::string drawn = arrow(escape(message.summary()), to_right, span());
  const std::uint64_t now_us = std::max(message.time_unix_us(), start_us_);
  const std::string begin = time_column(now_us - start_us_) + "|";
  if (legs_ != Legs::Both) return begin + drawn + "|\n";
  return begin + (side == 0 ? drawn : between()) + "|" + (side == 1 ? drawn : between()) + "|\n";
}

std::string PassingLadders::add(const Ladder::Message& message) {
  const std::string& id = message.call_id();
  const bool is_other = std::exchange(last_, id) != id;
  if (calls_.size() >= kMaxCalls && !calls_.contains(id)) calls_.clear();
  const auto [at, is_new] = calls_.try_emplace(id, Ladder::Legs::Both, is_full_);
  std::string out;
  if (is_new) {
    out = "\n" + at->second.head({&message});
  } else if (is_other) {
    out = "\ncall " + escape(id) + "\n";
  }
  return out + at->second.add(message);
}

std::string render_trace(const Reply& reply, bool is_full) {
  return render_ladders(reply, is_full, [](const auto&) { return Ladder::Legs::Both; });
}

std::string render_sip(const Reply& reply, bool is_full) {
  return render_ladders(reply, is_full, legs_of);
}

}  // namespace junctor::cli
