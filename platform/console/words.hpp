// SPDX-License-Identifier: MIT
// Words: a typed line, taken apart.
//
//   set trunk pbx "description" "Main site" | include \d+
//   `---------- parts[0] ----------------'   `-parts[1]-'
//
// Blanks end a word, and so does a pipe. Within double quotes all characters are ordinary but the
// quote and the backslash. A backslash makes the next of  " \ | ? # ! and blank  ordinary; before
// another character it is one itself, so that \d may be typed in a pattern. A line whose first
// character is # or ! is a comment.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::console {

// What is wrong with a line, and at which of its octets.
struct Mistake {
  std::string text;  // one sentence without a full stop
  std::size_t at = 0;
};

struct Word {
  std::string text;
  std::size_t at = 0;      // its first octet in the line
  bool is_quoted = false;  // never an abbreviation
};

struct Split {
  // The command, then what stands after each pipe.
  std::vector<std::vector<Word>> parts = std::vector<std::vector<Word>>(1);
  std::vector<std::size_t> pipes;  // where the pipes stand
  bool is_comment = false;
  bool is_in_quotes = false;  // the line ends within quotes
  bool is_in_word = false;    // the line ends within a word: no blank after it
  std::optional<Mistake> mistake;
};

Split split(std::string_view line);

// The word as it has to be typed, in quotes if it must.
std::string quoted(std::string_view word);

// A mistake as it is shown below the line: a caret under the place, if line and prompt fit on one row
// or the place is on the last; and its sentence, with the word in it if there is no caret.
std::string describe(const Mistake& mistake, std::string_view line, std::size_t prompt_width,
                     std::size_t width);
// The same where no line stands above: the word is in the sentence.
std::string describe(const Mistake& mistake, std::string_view line);

}  // namespace junctor::console
