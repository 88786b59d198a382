// SPDX-License-Identifier: MIT
// Help: what `?` lists and what Tab types, for a line that is not finished.
//
//   show ca?   -> the words that begin with ca        show ?   -> the words that may follow show
//
// Threads   pure functions, as far as the Language's complete() is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/console/language.hpp"
#include "platform/console/words.hpp"

namespace junctor::console {

// What may stand where the cursor is.
struct Help {
  std::vector<Candidate> candidates;  // that fit what is typed of the word
  bool may_end = false;               // <cr>
  Word typed;                         // what is typed of the word
  std::optional<Mistake> mistake;     // in the words before, so that nothing can be said
};
Help help_at(std::string_view before_cursor, const Language& language);

// `?` is an ordinary character here: within quotes, or after a backslash.
bool is_plain_question(std::string_view before_cursor);

// The list, a line a candidate.
std::string list_of(const Help& help, std::size_t width);

// What Tab does: takes `erase` octets before the cursor and types `insert`; nothing to type means
// that there is a choice to list, or nothing at all.
struct TabEdit {
  std::size_t erase = 0;
  std::string insert;
};
TabEdit tab_at(const Help& help, std::string_view before_cursor);

}  // namespace junctor::console
