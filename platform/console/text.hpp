// SPDX-License-Identifier: MIT
// Text on a terminal: how many columns it takes, and how foreign text is made safe to show.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace junctor::console {

// A locale with UTF-8 for the calling thread, as long as the object lives: libedit and wcwidth() ask
// the locale, and the process's own may be "C".
class Utf8Locale {
 public:
  Utf8Locale();
  ~Utf8Locale();
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  void* before_;
};

// Columns that the text takes; a character of no width, as an accent, takes none.
std::size_t cells(std::string_view text);

// A line as it may be shown: tabs to stops of eight, control characters and what is no UTF-8 as \xHH.
// Unlike escape() it leaves a backslash alone: the line was made to be read.
std::string safe_line(std::string_view line);

// "word     help", help broken at words into the columns beside; ends each line with \n.
std::string two_columns(std::string_view word, std::string_view help, std::size_t first_width,
                        std::size_t width);

}  // namespace junctor::console
