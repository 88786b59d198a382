// SPDX-License-Identifier: MIT
#include "platform/cli/commands.hpp"

#include <charconv>
#include <utility>

#include "platform/cli/json.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

std::optional<std::uint32_t> number_of(const std::string& word) {
  std::uint32_t value = 0;
  const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || at != word.data() + word.size() || value == 0) return std::nullopt;
  return value;
}

Outcome answer(const GatewayLink& link, const Question& question, const console::Command& command,
               Sink& out) {
  const auto reply = link.ask(question.request);
  if (!reply) return Outcome::failed(reply.error().text());
  out.write(command.is_json ? field_json(*reply, std::string(question.list))
                            : question.render(*reply, link.now_unix_ms(), out.width()));
  return {};
}

CommandRow question_row(const GatewayLink& link, std::string_view pattern, std::string_view help,
                        AskWhat ask) {
  return {pattern, help, [&link, ask = std::move(ask)](const console::Command& command, Sink& out) {
            const auto what = ask(command);
            if (const auto* wrong = std::get_if<Outcome>(&what)) return *wrong;
            return answer(link, std::get<Question>(what), command, out);
          }};
}

bool is_enough(Sink& out, std::chrono::milliseconds pause) {
  const Sink::Event event = out.wait(-1, pause, out.is_terminal());
  if (event == Sink::Event::Key) {
    const char key = out.take_key();
    return key == 'q' || key == 'Q';
  }
  return event == Sink::Event::Interrupted || event == Sink::Event::Gone;
}

}  // namespace junctor::cli
