// SPDX-License-Identifier: MIT
#include "platform/cli/commands.hpp"

#include <charconv>

#include "platform/cli/json.hpp"
#include "platform/cli/render.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

std::optional<std::uint32_t> number_of(const std::string& word) {
  std::uint32_t value = 0;
  const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || at != word.data() + word.size() || value == 0) return std::nullopt;
  return value;
}

Outcome show(const GatewayLink& link, const console::Command& command, Noun noun, Sink& out) {
  cli::Command what;
  what.noun = noun;
  what.is_json = command.is_json;
  what.width = out.width();
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
    } else if (word != "call") {
      what.argument = word;
    }
  }
  const auto reply = link.ask(request_of(what));
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(command.is_json ? to_json(what, *reply) : render(what, *reply, link.now_unix_ms()));
  return {};
}

bool is_enough(Sink& out, std::chrono::milliseconds pause) {
  const Sink::Event event = out.wait(-1, pause, out.is_terminal());
  if (event == Sink::Event::Key) {
    const char key = out.take_key();
    return key == 'q' || key == 'Q';
  }
  return event == Sink::Event::Interrupted || event == Sink::Event::Gone;
}

CommandRow show_row(const GatewayLink& link, std::string_view pattern, std::string_view help,
                    Noun noun) {
  return {pattern, help, [&link, noun](const console::Command& command, Sink& out) {
            return show(link, command, noun, out);
          }};
}

}  // namespace junctor::cli
