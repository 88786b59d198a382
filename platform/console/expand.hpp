// SPDX-License-Identifier: MIT
// Expand: abbreviations made whole. A word may be cut short as long as only one keyword begins with
// it: "sh ca br" is "show calls brief".
//
// A keyword typed whole is itself, whatever else it begins; else the one keyword that it begins; else
// a value that it is, or the place of one that the operator chooses. A quoted word is no abbreviation.
//
// Threads   pure functions, as far as the Language's complete() is.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "platform/console/language.hpp"
#include "platform/console/pipes.hpp"
#include "platform/console/words.hpp"

namespace junctor::console {

using Grammar = std::function<Completion(std::span<const std::string> words)>;

// The candidates that the word may be, were it typed on or not: what Tab and ? list.
std::vector<Candidate> candidates_of(const Completion& completion, const Word& word);

// The words in full; the mistake is the first word that does not fit.
struct Expanded {
  std::vector<std::string> words;
  std::optional<Mistake> mistake;
  bool may_end = false;  // the grammar allows the line to end after them
};
Expanded expand(std::span<const Word> words, const Grammar& grammar);

// A whole line, ready to run.
struct Plan {
  Command command;
  Pipes pipes;
  std::vector<std::size_t> places;  // where each of the command's words, then of the view's, stands
};
std::variant<Plan, Mistake> plan(const Split& line, std::size_t line_length,
                                 const Language& language);

}  // namespace junctor::console
