// SPDX-License-Identifier: MIT
// The ladder of `show trace`:
//
//             192.0.2.20:5060             gateway            203.0.113.9:5060
//                    |                       |                       |
//     0.0 ms         |-- INVITE sdp -------->|                       |
//     0.9 ms         |                       |-- INVITE sdp -------->|
//     1.2 ms         |<- 100 Trying ---------|                       |
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "platform/cli/render.hpp"
#include "platform/cli/table.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

using management::v1::TraceMessage;

constexpr std::size_t kTimeWidth = 12;  // "   12345.6 ms"
constexpr std::size_t kSpan = 30;       // between two lines of the ladder
constexpr std::size_t kMargin = 3;      // left of the first

constexpr std::array<std::size_t, 3> kLines = {
    kTimeWidth + kMargin, kTimeWidth + kMargin + kSpan + 1, kTimeWidth + kMargin + 2 * (kSpan + 1)};

// Text around a column, moved to the left where it would leave a terminal of 80 columns, and to the
// right where something stands already.
void put_centered(std::string& line, std::size_t center, const std::string& text) {
  constexpr std::size_t kTerminal = 80;
  const std::size_t width = width_of(text);
  std::size_t begin = center > width / 2 ? center - width / 2 : 0;
  if (begin + width > kTerminal) begin = kTerminal > width ? kTerminal - width : 0;
  begin = std::max(begin, line.empty() ? 0 : width_of(line) + 1);
  line.append(begin - width_of(line), ' ');
  line += text;
}

std::string empty_span() { return std::string(kSpan, ' '); }

// What fits on an arrow. The method of a response is the first to go: the request stands above it.
std::string label_of(const std::string& summary) {
  constexpr std::size_t kRoom = kSpan - 5;
  if (width_of(summary) <= kRoom) return summary;
  const std::size_t open = summary.find(" (");
  const std::size_t close = summary.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return shorten(summary, kRoom);
  return shorten(summary.substr(0, open) + summary.substr(close + 1), kRoom);
}

// "-- INVITE sdp -------->" or "<- 200 OK (INVITE) sdp ---", as wide as a span.
std::string arrow(const std::string& summary, bool to_right) {
  const std::string label = label_of(summary);
  const std::string line(kSpan - 4 - width_of(label), '-');
  return to_right ? "-- " + label + " " + line.substr(1) + ">" : "<- " + label + " " + line;
}

std::string time_column(std::uint64_t offset_us) {
  const std::string text = milliseconds_text(offset_us) + " ms";
  const std::size_t width = kTimeWidth - 1;
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text +
         std::string(kMargin + 1, ' ');
}

// The message itself, line by line, moved in.
std::string message_text(const std::string& text) {
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

class Ladder {
 public:
  Ladder(std::vector<const TraceMessage*> messages, bool is_full)
      : messages_(std::move(messages)), is_full_(is_full) {
    const auto time = [](const TraceMessage* message) { return message->time_unix_us(); };
    std::ranges::stable_sort(messages_, {}, time);
  }

  std::string text() {
    const std::uint64_t start = messages_.front()->time_unix_us();
    std::string out = "call " + escape(messages_.front()->call_id()) + ", " +
                      time_text(start / 1000) + " UTC\n\n";
    out += heads() + lines();
    for (const TraceMessage* message : messages_) {
      out += change_of_peer(*message);
      out += step(*message, message->time_unix_us() - start);
      if (is_full_) out += message_text(message->text());
    }
    return out;
  }

 private:
  static std::size_t side_of(const TraceMessage& message) { return message.leg() == 0 ? 0 : 1; }

  const TraceMessage* first_of(std::size_t side) const {
    const auto at = std::ranges::find_if(
        messages_, [&](const TraceMessage* message) { return side_of(*message) == side; });
    return at == messages_.end() ? nullptr : *at;
  }

  // Who stands at the three lines: addresses, and the trunks below them.
  std::string heads() {
    std::string addresses, trunks;
    const std::array<const TraceMessage*, 2> first = {first_of(0), first_of(1)};
    const auto put = [&](std::size_t side) {
      if (first[side] == nullptr) return;
      peers_[side] = first[side]->remote();
      put_centered(addresses, kLines[side * 2], escape(first[side]->remote()));
      put_centered(trunks, kLines[side * 2], escape(first[side]->trunk()));
    };
    put(0);
    put_centered(addresses, kLines[1], "gateway");
    put(1);
    return addresses + "\n" +
           (trunks.find_first_not_of(' ') == std::string::npos ? "" : trunks + "\n");
  }

  std::string lines() const {
    return std::string(kLines[0], ' ') + "|" + empty_span() + "|" + empty_span() + "|\n";
  }

  // The called side may be tried at several peers, one after the other.
  std::string change_of_peer(const TraceMessage& message) {
    const std::size_t side = side_of(message);
    if (message.remote() == peers_[side]) return "";
    peers_[side] = message.remote();
    std::string note = std::string(kLines[0], ' ') + "|";
    put_centered(note, side == 0 ? kLines[0] : kLines[2], escape(message.remote()));
    return note + "\n";
  }

  static std::string step(const TraceMessage& message, std::uint64_t offset_us) {
    const std::size_t side = side_of(message);
    const bool to_right = (side == 0) != message.sent();
    const std::string drawn = arrow(escape(message.summary()), to_right);
    return time_column(offset_us) + "|" + (side == 0 ? drawn : empty_span()) + "|" +
           (side == 1 ? drawn : empty_span()) + "|\n";
  }

  std::vector<const TraceMessage*> messages_;
  bool is_full_;
  std::array<std::string, 2> peers_;
};

}  // namespace

std::string render_trace(const Reply& reply, bool is_full) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const TraceMessage*>> calls;
  for (const TraceMessage& message : reply.trace()) {
    std::vector<const TraceMessage*>& call = calls[message.call_id()];
    if (call.empty()) order.push_back(message.call_id());
    call.push_back(&message);
  }
  if (order.empty()) return "no trace\n";
  std::string out;
  for (const std::string& id : order)
    out += (out.empty() ? "" : "\n") + Ladder(calls[id], is_full).text();
  return out;
}

}  // namespace junctor::cli
