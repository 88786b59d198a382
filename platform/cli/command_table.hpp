// SPDX-License-Identifier: MIT
// CommandTable: the commands of one mode of the console, as rows; what may follow some words, and
// which row a line is.
//
//   {"show calls CALL", "the legs of one", ...}: words in capitals stand for what is typed;
//   "set ..." leaves all that follows to the row.
//
// The help of a row is that of its last word; the words before it have theirs in word_help.cpp.
//
// Threads   the session's.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/console/language.hpp"

namespace junctor::cli {

struct CommandRow {
  using Words = std::span<const std::string>;
  // What may be typed for a capital word; asked as Candidate::values is.
  using Values = std::function<std::vector<console::Candidate>()>;
  std::string_view pattern;
  std::string_view help;
  std::function<console::Outcome(const console::Command& command, console::Sink& out)> run;
  // Of "...": what may follow the words after the pattern's.
  std::function<console::Completion(Words rest)> complete_rest = {};
};

// What a word within rows means, by the words to it: "show calls trunk". Empty: nobody said so.
std::string_view word_help(std::string_view pattern);

class CommandTable {
 public:
  explicit CommandTable(std::vector<CommandRow> rows);
  // What may stand for a word in capitals, beside anything.
  void set_values(std::string_view capital, CommandRow::Values values);

  console::Completion complete(CommandRow::Words words) const;
  // The row of a whole line, or nullptr.
  const CommandRow* find(CommandRow::Words words) const;
  // All commands, one a line with its help.
  std::string text(std::size_t width) const;

 private:
  struct Row {
    std::vector<std::string> words;
    bool has_rest = false;
    CommandRow given;
  };
  static bool is_capital(std::string_view word);
  // Of the row's word at this place: that of the row for its last word, else what word_help() says.
  static std::string help_at(const Row& row, std::size_t place);
  static bool begins(const Row& row, CommandRow::Words words);
  // The same, but a word of a command there is no name: a call is not called "history".
  bool fits(const Row& row, CommandRow::Words words) const;

  std::vector<Row> rows_;
  std::vector<std::pair<std::string, CommandRow::Values>> values_;
};

}  // namespace junctor::cli
