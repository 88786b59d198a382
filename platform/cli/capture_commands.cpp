// SPDX-License-Identifier: MIT
// Captures: packets as they are on the wire, for Wireshark.
//
// An export is written by this program, as the operator who runs it, from pieces that junctor-control
// reads: the operator needs no access to the gateway's folders.
#include <algorithm>

#include "platform/cli/commands.hpp"
#include "platform/cli/export_folder.hpp"
#include "platform/cli/file_commands.hpp"
#include "platform/cli/json.hpp"
#include "platform/cli/units.hpp"

namespace junctor::cli {

using console::Candidate;
using console::Completion;
using console::Outcome;
using console::Sink;
using management::v1::Request;

namespace {

// What may follow `capture start`, each once and in any order.
struct Option {
  std::string_view word;
  std::string_view value;  // what it is followed by; empty: nothing
  std::string_view help;
};
constexpr Option kOptions[] = {
    {"interface", "<name>", "one interface; otherwise all"},
    {"call", "<id>", "what belongs to one call: its SIP; otherwise everything"},
    {"with-media", "", "voice as well (RTP, RTCP)"},
    {"max-size", "<1-4096>", "MB, 100 if not given; the capture ends by itself then"},
    {"seconds", "<1-86400>", "600 if not given; the capture ends by itself then"},
};
constexpr std::uint32_t kMostMb = 4096, kMostSeconds = 86'400;

const Option* find_option(const std::string& word) {
  const auto* at = std::ranges::find(kOptions, word, &Option::word);
  return at == std::end(kOptions) ? nullptr : at;
}

std::vector<Candidate> interface_values(const GatewayLink& link) {
  Request request;
  request.mutable_show_ports();
  std::vector<Candidate> values;
  if (const auto reply = link.hint(request))
    for (const auto& port : reply->ports())
      values.push_back({port.name(), "an Ethernet port", Candidate::Kind::Value});
  return values;
}

Completion complete_start(const GatewayLink& link, CommandRow::Words words) {
  std::vector<std::string_view> used;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Option* option = find_option(words[i]);
    if (option == nullptr) return {};
    used.push_back(option->word);
    if (option->value.empty() || ++i < words.size()) continue;
    Candidate place{std::string(option->value), std::string(option->help),
                    Candidate::Kind::Placeholder};
    if (option->word == "interface") place.values = [&link] { return interface_values(link); };
    if (option->word == "call") place.values = [&link] { return call_values(link); };
    return {.candidates = {std::move(place)}, .may_end = false};
  }
  Completion next{.candidates = {}, .may_end = true};
  for (const Option& option : kOptions)
    if (std::ranges::find(used, option.word) == used.end())
      next.candidates.push_back({std::string(option.word), std::string(option.help)});
  return next;
}

std::string text_of(const management::v1::Capture& capture) {
  const auto row = [](std::string_view name, const std::string& value) {
    std::string line(name);
    line.resize(10, ' ');
    return line + value + "\n";
  };
  std::string text =
      row("State", capture.is_running() ? "runs, " + std::to_string(capture.left_s()) + " s left"
                                        : "ended: " + capture.ended_by());
  if (!capture.what().empty()) text += row("What", capture.what());
  if (!capture.user().empty()) text += row("By", capture.user());
  text += row("Packets", std::to_string(capture.packets()));
  text += row("Size", octets_text(capture.octets()));
  // Of the copies; the calls themselves lost nothing by it.
  text += row("Lost", std::to_string(capture.lost()) + " by the capture");
  return text + row("File", capture.file());
}

// Asks, and shows how the capture stands.
Outcome tell(const GatewayLink& link, const Request& request, const console::Command& command,
             Sink& out) {
  const auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  if (command.is_json)
    out.write(to_json(reply->capture()));
  else
    out.write(reply->has_capture() ? text_of(reply->capture()) : "there was no capture\n");
  return {};
}

Outcome start(const GatewayLink& link, const console::Command& command, Sink& out) {
  Request request;
  management::v1::StartCapture& what = *request.mutable_start_capture();
  const auto& words = command.words;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const Option* option = find_option(words[i]);
    if (option == nullptr) return Outcome::wrong(i, "is no word of capture start");
    if (option->word == "with-media") {
      what.set_with_media(true);
      continue;
    }
    if (++i == words.size())
      return Outcome::wrong(i - 1, std::string(option->value) + " is expected after this");
    const std::uint32_t number = number_of(words[i]).value_or(0);
    if (option->word == "interface") {
      what.set_interface(words[i]);
    } else if (option->word == "call") {
      what.set_call_id(words[i]);
    } else if (option->word == "max-size") {
      if (number == 0 || number > kMostMb)
        return Outcome::wrong(i, "is no number of MB, 1 to 4096");
      what.set_max_mb(number);
    } else {
      if (number == 0 || number > kMostSeconds)
        return Outcome::wrong(i, "is no number of seconds, 1 to 86400");
      what.set_max_s(number);
    }
  }
  return tell(link, request, command, out);
}

Outcome export_to(const GatewayLink& link, const ExportFolder& files,
                  const console::Command& command, Sink& out) {
  Request request;
  management::v1::GetCapture& next = *request.mutable_get_capture();
  auto reply = link.ask(request);
  if (!reply) return Outcome::failed(reply.error().text());
  next.set_file(reply->capture_piece().file());
  const std::string name = command.words.size() > 2 ? command.words[2] : "junctor-" + next.file();
  auto file = files.create(name, is_forced(command, 2), ExportFolder::For::Operators);
  if (!file) return Outcome::failed(file.error().text());
  for (;;) {
    const management::v1::CapturePiece& piece = reply->capture_piece();
    if (const auto written = (*file)->write(piece.octets()); !written)
      return Outcome::failed(written.error().text());
    next.set_offset(piece.offset() + piece.octets().size());
    if (next.offset() >= piece.size()) break;
    if (piece.octets().empty()) return Outcome::failed("the capture became shorter meanwhile");
    if (out.is_interrupted()) return Outcome::failed("interrupted; nothing is written");
    reply = link.ask(request);
    if (!reply) return Outcome::failed(reply.error().text());
  }
  return keep(**file, command, out);
}

}  // namespace

std::vector<CommandRow> capture_commands(const GatewayLink& link, const ExportFolder& files) {
  const auto export_row = [&link, &files](const console::Command& command, Sink& out) {
    return export_to(link, files, command, out);
  };
  return {
      {"capture start ...", "begins to write packets into a file",
       [&link](const console::Command& command, Sink& out) { return start(link, command, out); },
       [&link](CommandRow::Words rest) { return complete_start(link, rest); }},
      {"capture stop", "ends the capture",
       [&link](const console::Command& command, Sink& out) {
         Request request;
         request.mutable_stop_capture();
         return tell(link, request, command, out);
       }},
      {"capture export", "keeps the last capture as a file, for Wireshark", export_row},
      {"capture export FILE", "by this name (show files)", export_row},
      {"capture export FILE force", "in place of what is there", export_row},
      {"show capture", "the capture that runs, or ran last",
       [&link](const console::Command& command, Sink& out) {
         Request request;
         request.mutable_show_capture();
         return tell(link, request, command, out);
       }},
  };
}

}  // namespace junctor::cli
