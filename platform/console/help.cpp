// SPDX-License-Identifier: MIT
#include "platform/console/help.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "platform/console/expand.hpp"
#include "platform/console/pipes.hpp"
#include "platform/console/text.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::console {
namespace {

using Kind = Candidate::Kind;

// The grammar of the part of the line in which the cursor stands; a mistake in what comes before it.
std::variant<Grammar, Mistake> grammar_at(const Split& line, const Language& language) {
  const Grammar commands = [&language](Language::Words words) { return language.complete(words); };
  if (line.pipes.empty()) return commands;
  Expanded command = expand(line.parts.front(), commands);
  if (command.mistake) return *command.mistake;
  if (!command.may_end) return Mistake{"incomplete", line.pipes.front()};
  const bool is_first = line.pipes.size() == 1;
  return [&language, is_first, command = std::move(command.words)](Language::Words words) {
    return complete_pipe(command, words, is_first, language);
  };
}

std::string common_start(std::span<const Candidate> candidates) {
  std::string start = candidates.front().word;
  for (const Candidate& candidate : candidates) {
    const auto differ = std::ranges::mismatch(start, candidate.word);
    start.erase(differ.in1, start.end());
  }
  // It ends between characters, not within one.
  std::size_t last = start.size();
  while (last > 0 && (start[last - 1] & 0xc0) == 0x80) --last;
  if (last > 0 && decode_utf8(std::string_view(start).substr(last - 1)).length == 0)
    start.resize(last - 1);
  return start;
}

}  // namespace

Help help_at(std::string_view before_cursor, const Language& language) {
  Split line = split(before_cursor);
  Help help;
  help.typed.at = before_cursor.size();
  if (line.is_comment) return help;
  if (line.mistake && !line.is_in_quotes) {
    help.mistake = std::move(line.mistake);
    return help;
  }
  std::vector<Word>& words = line.parts.back();
  if (line.is_in_word) {
    help.typed = std::move(words.back());
    words.pop_back();
  }
  auto grammar = grammar_at(line, language);
  if (auto* mistake = std::get_if<Mistake>(&grammar)) {
    help.mistake = std::move(*mistake);
    return help;
  }
  const Grammar& next = std::get<Grammar>(grammar);
  Expanded before = expand(words, next);
  if (before.mistake) {
    help.mistake = std::move(before.mistake);
    return help;
  }
  const Completion completion = next(before.words);
  help.candidates = candidates_of(completion, help.typed);
  help.may_end = completion.may_end && !line.is_in_word;
  return help;
}

bool is_plain_question(std::string_view before_cursor) {
  const Split line = split(before_cursor);
  const bool is_escaped = before_cursor.ends_with('\\') && !before_cursor.ends_with("\\\\");
  return line.is_in_quotes || is_escaped;
}

std::string list_of(const Help& help, std::size_t width) {
  constexpr std::size_t kMostFirst = 28;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Candidate& candidate : help.candidates) {
    const bool is_name = candidate.kind == Kind::Value;
    rows.emplace_back(is_name ? quoted(candidate.word) : candidate.word, candidate.help);
  }
  if (help.may_end) {
    rows.emplace_back("<cr>", "");
    rows.emplace_back("|", "Filter the answer, or another form of it");
  }
  std::size_t first = 0;
  for (const auto& row : rows) {
    const std::size_t taken = cells(safe_line(row.first));
    if (taken <= kMostFirst) first = std::max(first, taken);
  }
  std::string out;
  for (const auto& row : rows)
    out += two_columns(safe_line(row.first), safe_line(row.second), first, width);
  return out.empty() ? "% nothing may stand here\n" : out;
}

TabEdit tab_at(const Help& help, std::string_view before_cursor) {
  std::vector<Candidate> typeable;
  bool has_choice = false;  // beside what can be typed by Tab
  for (const Candidate& candidate : help.candidates) {
    if (candidate.kind == Kind::Placeholder) {
      has_choice = true;
    } else if (!help.typed.is_quoted || candidate.kind == Kind::Value) {
      typeable.push_back(candidate);
    }
  }
  if (typeable.empty()) return {};
  // At the place of a free name, Tab types nothing before a first letter says which.
  if (has_choice && help.typed.text.empty()) return {};
  const std::string start = common_start(typeable);
  const std::size_t erase = before_cursor.size() - help.typed.at;
  if (typeable.size() == 1) return {erase, quoted(start) + " "};
  if (start.size() <= help.typed.text.size()) return {};
  const std::string typed = quoted(start);
  // A quoted start stays open: the rest is still to come.
  return {erase, typed.front() == '"' ? typed.substr(0, typed.size() - 1) : typed};
}

}  // namespace junctor::console
