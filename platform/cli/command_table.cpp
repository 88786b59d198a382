// SPDX-License-Identifier: MIT
#include "platform/cli/command_table.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "platform/console/text.hpp"

namespace junctor::cli {

using console::Candidate;
using console::Completion;

CommandTable::CommandTable(std::vector<CommandRow> rows) {
  for (CommandRow& given : rows) {
    Row row;
    std::istringstream in{std::string(given.pattern)};
    for (std::string word; in >> word;) row.words.push_back(word);
    row.has_rest = row.words.back() == "...";
    if (row.has_rest) row.words.pop_back();
    row.given = std::move(given);
    rows_.push_back(std::move(row));
  }
}

void CommandTable::set_values(std::string_view capital, CommandRow::Values values) {
  values_.emplace_back(capital, std::move(values));
}

bool CommandTable::is_capital(std::string_view word) {
  return !word.empty() && word.front() >= 'A' && word.front() <= 'Z';
}

std::string CommandTable::help_at(const Row& row, std::size_t place) {
  if (place + 1 == row.words.size()) return std::string(row.given.help);
  std::string pattern;
  for (std::size_t i = 0; i <= place; ++i) pattern += (i == 0 ? "" : " ") + row.words[i];
  if (const std::string_view help = word_help(pattern); !help.empty()) return std::string(help);
  // A capital word means the same in all places.
  return is_capital(row.words[place]) ? std::string(word_help(row.words[place])) : "";
}

// Whether the words fit the row as far as both go.
bool CommandTable::begins(const Row& row, CommandRow::Words words) {
  const std::size_t both = std::min(row.words.size(), words.size());
  for (std::size_t i = 0; i < both; ++i)
    if (!is_capital(row.words[i]) && row.words[i] != words[i]) return false;
  return words.size() <= row.words.size() || row.has_rest;
}

bool CommandTable::fits(const Row& row, CommandRow::Words words) const {
  if (!begins(row, words)) return false;
  const std::size_t both = std::min(row.words.size(), words.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (!is_capital(row.words[i])) continue;
    for (const Row& other : rows_)
      if (other.words.size() > i && other.words[i] == words[i] &&
          begins(other, words.first(std::min(i + 1, other.words.size()))))
        return false;
  }
  return true;
}

Completion CommandTable::complete(CommandRow::Words words) const {
  Completion out;
  std::set<std::string> seen;
  for (const Row& row : rows_) {
    if (!fits(row, words)) continue;
    if (words.size() >= row.words.size()) {
      if (row.has_rest) {
        Completion rest = row.given.complete_rest(words.subspan(row.words.size()));
        out.may_end = out.may_end || rest.may_end;
        for (Candidate& candidate : rest.candidates)
          if (seen.insert(candidate.word).second) out.candidates.push_back(std::move(candidate));
        continue;
      }
      out.may_end = true;
      continue;
    }
    const std::string& next = row.words[words.size()];
    const std::string help = help_at(row, words.size());
    if (!seen.insert(next).second) {
      // A row that ends there says best what it means.
      const auto known = std::find_if(out.candidates.begin(), out.candidates.end(),
                                      [&next](const Candidate& c) { return c.word == next; });
      const bool is_last = words.size() + 1 == row.words.size();
      if (known != out.candidates.end() && is_last) known->help = help;
      continue;
    }
    if (!is_capital(next)) {
      out.candidates.push_back({next, help});
      continue;
    }
    std::string name = next;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Candidate place{"<" + name + ">", help, Candidate::Kind::Placeholder};
    for (const auto& [capital, values] : values_)
      if (capital == next) place.values = values;
    out.candidates.push_back(std::move(place));
  }
  return out;
}

const CommandRow* CommandTable::find(CommandRow::Words words) const {
  const Row* best = nullptr;
  // A row that says all of the line is meant before one that takes what comes.
  for (const Row& row : rows_) {
    const bool is_whole =
        row.has_rest ? words.size() >= row.words.size() : words.size() == row.words.size();
    if (!is_whole || !fits(row, words)) continue;
    if (best == nullptr || row.has_rest < best->has_rest) best = &row;
  }
  return best == nullptr ? nullptr : &best->given;
}

std::string CommandTable::text(std::size_t width) const {
  constexpr std::size_t kFirst = 36;
  std::string out;
  for (const Row& row : rows_)
    out += console::two_columns(row.given.pattern, row.given.help, kFirst, width);
  return out;
}

}  // namespace junctor::cli
