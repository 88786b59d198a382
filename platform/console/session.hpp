// SPDX-License-Identifier: MIT
// Session: one operator at one terminal, from the first prompt to the last.
//
//   Editor --line--> split --> plan --> Language::run --> Output
//                      `-- a mistake: a caret under the word
//
// ^C discards the line or interrupts the command, ^D leaves, ^Z is the word "end".
//
// Threads   one thread; SIGINT and SIGWINCH are the session's as long as it lives.
// Lifetime  language and settings outlive it. One session a process at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/console/editor.hpp"
#include "platform/console/expand.hpp"
#include "platform/console/language.hpp"
#include "platform/console/terminal.hpp"

namespace junctor::console {

// What a Language may change while the session runs ("terminal length 0").
struct Settings {
  std::optional<std::size_t> length =
      std::nullopt;              // rows of a page; 0 never stops; none: the terminal's
  std::chrono::seconds idle{0};  // then the session ends; 0 never
  std::optional<std::size_t> width = std::nullopt;  // columns; none: the terminal's
};

struct SessionOptions {
  int in = 0;
  int out = 1;
  std::string term;          // as in TERM
  std::string history_file;  // none if empty
  std::size_t history_lines = 500;
  std::string first_line = {};  // is run before anything is typed; none if empty
};

class Session {
 public:
  // Both descriptors are terminals (else: run_lines() of once.hpp).
  Session(Language& language, const Settings& settings, const SessionOptions& options);

  enum class End : std::uint8_t { Left, Idle, Gone };
  End run();

  // Shows a notice above the line being typed; while a command runs, after it. For the Language's
  // on_watch() there is a shorter way: it returns them.
  void notify(std::string text);

 private:
  bool run_line(const std::string& line, bool is_typed);
  void run_plan(Plan plan, const std::string& line);
  void show_mistake(const Mistake& mistake, const std::string& line);
  void show_notices();

  // Given.
  Language& language_;
  const Settings& settings_;
  // Owned.
  Terminal terminal_;
  Editor editor_;
  // State.
  std::string first_line_;
  std::string prompt_;
  std::vector<std::string> notices_;  // that came while a command ran
  bool is_running_ = false;
  bool has_left_ = false;
};

}  // namespace junctor::console
