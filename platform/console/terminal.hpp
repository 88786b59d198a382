// SPDX-License-Identifier: MIT
// Terminal: the two descriptors of a session. What is typed is read here only, into one queue, so that
// editor, pager and commands can share it and nothing typed ahead is lost.
//
//   tty --drain--> queue --take/key--> editor, pager, ask      text --write--> tty
//
// While a line is edited ^C is an octet as any other; while a command runs it is SIGINT. It voids what
// was typed before it.
//
// Threads   the session's thread.
// Lifetime  the descriptors are the caller's, and outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "platform/console/pager.hpp"
#include "platform/console/signals.hpp"

namespace junctor::console {

class Terminal final : public Screen {
 public:
  using Milliseconds = std::chrono::milliseconds;
  enum class Wake : std::uint8_t { Typed, Watched, Resized, Interrupted, TimedOut, Gone };

  Terminal(int in, int out, std::string_view term);

  int in() const { return in_; }
  int out() const { return out_; }
  bool is_terminal() const { return is_terminal_; }
  // It is the process's controlling terminal: ^C can be SIGINT. Else it is found in what is typed, when
  // a command waits or prints.
  bool has_signals() const { return has_signals_; }
  bool is_gone() const { return is_gone_; }

  // How long nobody may type before the session ends; zero for ever.
  void set_idle(std::chrono::seconds limit) { idle_ = limit; }
  bool is_idle() const { return is_idle_; }

  // Says why the terminal is given up, to whoever may still look at it.
  void write_last(std::string_view text);
  // How many rows a page has, if not as many as the terminal; 0: nothing is stopped at its end.
  void set_rows(std::optional<std::size_t> rows) { set_rows_ = rows; }
  // Tells the tty, which all ask: a serial line knows no width of its own.
  void set_columns(std::size_t columns);

  // Screen.
  void write(std::string_view text) override;
  std::size_t rows() const override;
  bool has_pages() const { return set_rows_ != std::size_t{0}; }
  std::size_t columns() const override;
  bool can_erase() const override { return can_erase_; }
  bool has_typed() override;
  Key key() override;
  void untype(std::string_view text) override {
    queue_.insert(queue_.begin(), text.begin(), text.end());
  }

  // Waits for something typed (at once if the queue has it), for watch_fd, a signal, or the time.
  Wake wait(int watch_fd, std::optional<Milliseconds> timeout) {
    return wait_for(watch_fd, timeout, true);
  }
  // The same, but what is typed is only put by.
  Wake wait_watched(int watch_fd, std::optional<Milliseconds> timeout) {
    return wait_for(watch_fd, timeout, false);
  }
  // The same for the operator's next key: gone after the idle limit.
  Wake wait_idle(int watch_fd);
  // The next octet typed, if the queue has one; the end of a line is \n, however it was typed.
  std::optional<char> take();

  // A command begins: ^C typed before it could become a signal counts, and voids what is before it.
  void begin_command();
  // ^C while a command ran.
  bool is_interrupted();
  // How often it was, ever; reads what is typed to know it.
  unsigned interrupts();
  void end_command();

 private:
  Wake wait_for(int watch_fd, std::optional<Milliseconds> timeout, bool for_typed);
  // Moves what can be read into the queue, without waiting.
  void drain();
  void skip_void();
  // ^C in the queue counts, and voids what is before it.
  void find_interrupt();
  bool can_read(int timeout_ms) const;
  Key escape_key();
  std::optional<char> take_soon();

  // Given.
  int in_;
  int out_;
  // State.
  Signals signals_;
  bool is_terminal_;
  bool has_signals_;
  bool can_erase_;
  bool is_gone_ = false;
  bool is_idle_ = false;
  bool was_return_ = false;  // the last octet taken was a carriage return
  bool is_running_ = false;  // a command
  bool is_interrupt_known_ = false;
  unsigned interrupts_ = 0;
  std::chrono::seconds idle_{0};
  std::optional<std::size_t> set_rows_;
  std::deque<char> queue_;
};

}  // namespace junctor::console
