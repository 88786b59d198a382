// SPDX-License-Identifier: MIT
// Output: the Sink of one command. What it prints is cut into lines, made safe, filtered and paged.
//
//   write --> lines --> safe_line --> Chain --> Pager --> Terminal
//
// Threads   the session's thread.
// Lifetime  one a command; the terminal outlives it.
#pragma once

#include <string>
#include <string_view>

#include "platform/console/language.hpp"
#include "platform/console/pager.hpp"
#include "platform/console/pipes.hpp"
#include "platform/console/terminal.hpp"

namespace junctor::console {

class Output final : public Sink {
 public:
  Output(Terminal& terminal, Pipes pipes, bool is_paged);

  void write(std::string_view text) override;
  void redraw(std::string_view text) override;
  bool is_interrupted() override;
  unsigned interrupts() override {
    return terminal_.interrupts() + (terminal_.is_gone() ? 1U : 0U);
  }
  Event wait(int fd, std::chrono::milliseconds timeout, bool with_keys) override;
  char take_key() override;
  std::optional<std::string> ask(std::string_view question, bool is_secret) override;
  std::size_t width() const override { return is_wrapped_ ? terminal_.columns() : 0; }
  bool is_terminal() const override { return terminal_.is_terminal(); }

  // The last line, also without its end, and what the filters still hold.
  void finish();

 private:
  void take(std::string_view line);

  // Given.
  Terminal& terminal_;
  const bool is_wrapped_;  // no filter shall see what the width of a terminal made of a line
  // State.
  Pager pager_;
  Chain chain_;
  std::string line_;  // without its end so far
  bool is_closed_ = false;
  bool has_drawn_ = false;
};

}  // namespace junctor::console
