// SPDX-License-Identifier: MIT
// Editor: one line from the operator, with libedit's keys of Emacs, `?`, Tab and a history.
//
// libedit edits and draws; keys come from the Terminal's queue. While it waits for a key, the
// Language's descriptor is watched, and notices appear above the line.
//
// Threads   the session's thread.
// Lifetime  terminal and language outlive it; it sets the tty's mode from its making to its end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "platform/console/help.hpp"
#include "platform/console/history.hpp"
#include "platform/console/language.hpp"
#include "platform/console/terminal.hpp"

namespace junctor::console {

class Editor {
 public:
  enum class End : std::uint8_t {
    Line,
    Discarded,  // ^C
    Left,       // ^D on an empty line
    Upwards,    // ^Z
    Gone        // no terminal any more, or nobody at it
  };
  struct Read {
    End end = End::Gone;
    std::string line;
  };

  // `term` is the terminal's type as terminfo knows it; what it does not know is dumb.
  Editor(Terminal& terminal, Language& language, const std::string& term, HistoryFile history,
         std::size_t history_lines);
  ~Editor();
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  Read read(const std::string& prompt);
  // In the history: for later sessions as well, or for this one alone.
  void keep(const std::string& line, bool is_for_later);

  // Shows lines above the one that is edited, or at once if none is.
  void show_above(std::string_view text);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace junctor::console
