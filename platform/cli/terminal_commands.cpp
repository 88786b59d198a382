// SPDX-License-Identifier: MIT
// The terminal of this session.
#include <charconv>

#include "platform/cli/commands.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kMost = 512;

std::optional<std::size_t> size_of(const std::string& word) {
  std::size_t value = 0;
  const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || at != word.data() + word.size() || value > kMost) return std::nullopt;
  return value;
}

Outcome set_length(console::Settings* settings, const console::Command& command) {
  const auto rows = size_of(command.words.back());
  if (!rows) return Outcome::wrong(2, "rows, 0 (never stop) to 512, are expected");
  if (settings == nullptr) return Outcome::failed("there is no terminal");
  settings->length = *rows;
  return {};
}

Outcome set_width(console::Settings* settings, const console::Command& command) {
  const auto columns = size_of(command.words.back());
  if (!columns || *columns < kNarrowest)
    return Outcome::wrong(2, "columns, 40 to 512, are expected");
  if (settings == nullptr) return Outcome::failed("there is no terminal");
  settings->width = *columns;
  return {};
}

}  // namespace

std::vector<CommandRow> terminal_commands(console::Settings* settings) {
  return {
      {"terminal length N", "rows of a page, in this session; 0 never stops",
       [settings](const console::Command& command, Sink&) {
         return set_length(settings, command);
       }},
      {"terminal width N", "columns of a line, in this session",
       [settings](const console::Command& command, Sink&) { return set_width(settings, command); }},
  };
}

}  // namespace junctor::cli
