// SPDX-License-Identifier: MIT
// For tests: what a VT100 or a dumb terminal shows after these octets, and a pseudo-terminal with a
// session behind it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::console {

// The screen of a terminal: rows of characters, where the cursor is. Escape sequences that a VT100
// does not know, or that came to a dumb one, are counted as strange.
class Picture {
 public:
  Picture(std::size_t rows, std::size_t columns, bool is_dumb)
      : columns_(columns), is_dumb_(is_dumb), rows_(rows, std::string(columns, ' ')) {}

  void take(std::string_view octets) {
    for (const char c : octets) take(c);
  }
  // The rows without blanks at their ends, and without empty rows below.
  std::string text() const {
    std::string out;
    for (const std::string& row : rows_) {
      const std::size_t end = row.find_last_not_of(' ');
      out += row.substr(0, end == std::string::npos ? 0 : end + 1) + "\n";
    }
    while (out.ends_with("\n\n")) out.pop_back();
    return out;
  }
  std::string cursor_row() const { return rows_[row_]; }
  std::size_t column() const { return column_; }
  int strange = 0;

 private:
  void take(char c) {
    if (!sequence_.empty()) {
      sequence_ += c;
      const bool is_whole = sequence_.size() > 2 ? c >= 0x40 && c <= 0x7e : c != '[';
      if (is_whole) {
        escape(sequence_);
        sequence_.clear();
      }
    } else if (c == 0x1b) {
      sequence_ = c;
      strange += is_dumb_ ? 1 : 0;
    } else if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      line_feed();
    } else if (c == '\b') {
      column_ -= column_ > 0 ? 1 : 0;
    } else if (c == '\a') {
      ++beeps;
    } else if (c != 0) {  // the padding that terminfo asks for
      put(c);
    }
  }
  void put(char c) {
    if (column_ == columns_) {  // the wrap waits for the next character, as a VT100's does
      column_ = 0;
      line_feed();
    }
    rows_[row_][column_++] = c;
  }
  void line_feed() {
    if (row_ + 1 < rows_.size()) {
      ++row_;
      return;
    }
    rows_.erase(rows_.begin());
    rows_.emplace_back(columns_, ' ');
  }
  void clear(std::size_t row, std::size_t from) {
    for (std::size_t i = from; i < columns_; ++i) rows_[row][i] = ' ';
  }
  void escape(std::string_view sequence) {
    if (sequence[1] != '[') {
      ++strange;
      return;
    }
    const std::string_view parameters = sequence.substr(2, sequence.size() - 3);
    std::size_t count = 1;
    std::from_chars(parameters.begin(), parameters.end(), count);
    column_ = std::min(column_, columns_ - 1);
    switch (sequence.back()) {
      case 'A':
        row_ -= std::min(row_, count);
        break;
      case 'B':
        row_ = std::min(row_ + count, rows_.size() - 1);
        break;
      case 'C':
        column_ = std::min(column_ + count, columns_ - 1);
        break;
      case 'D':
        column_ -= std::min(column_, count);
        break;
      case 'G':  // not of a VT100, but of those after it, as @ and P
        column_ = std::min(count, columns_) - 1;
        break;
      case 'H':
        row_ = column_ = 0;
        break;
      case 'J':
        for (std::size_t row = row_ + 1; row < rows_.size(); ++row) clear(row, 0);
        if (parameters == "2")
          for (std::size_t row = 0; row <= row_; ++row) clear(row, 0);
        clear(row_, column_);
        break;
      case 'K':
        clear(row_, column_);
        break;
      case '@':
        rows_[row_].insert(column_, count, ' ');
        rows_[row_].resize(columns_);
        break;
      case 'P':
        rows_[row_].erase(column_, count);
        rows_[row_].resize(columns_, ' ');
        break;
      case 'm':
        break;
      default:
        ++strange;
    }
  }

 public:
  int beeps = 0;

 private:
  std::size_t columns_;
  bool is_dumb_;
  std::vector<std::string> rows_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::string sequence_;
};

// A process at the other end of a pseudo-terminal.
class Pty {
 public:
  // `child` runs there with the terminal as its standard input and output; what it returns is the
  // exit status.
  Pty(std::size_t rows, std::size_t columns, bool is_dumb, const std::function<int()>& child)
      : picture(rows, columns, is_dumb) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    child_ = forkpty(&master_, nullptr, nullptr, &size);
    if (child_ == 0) _exit(child());
    fcntl(master_, F_SETFL, O_NONBLOCK);
  }
  ~Pty() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(master_);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void type(std::string_view keys) {
    while (!keys.empty()) {
      const ssize_t written = write(master_, keys.data(), std::min<std::size_t>(keys.size(), 512));
      if (written > 0) keys.remove_prefix(static_cast<std::size_t>(written));
      if (!pump(written > 0 ? 0 : 1000) && written <= 0) return;
    }
  }
  // Until the screen's text fulfils it; false when nothing comes for ten seconds.
  bool wait(const std::function<bool(const std::string& text)>& is_there) {
    while (!is_there(picture.text())) {
      if (!pump(10'000)) return is_there(picture.text());
    }
    return true;
  }
  // Until the screen ends so, the row of the cursor included with its blank.
  bool wait_end(const std::string& end) {
    return wait([&](const std::string& text) { return text.ends_with(end + "\n"); });
  }
  int exit_status() {
    while (pump(10'000)) {
    }
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void resize(std::size_t rows, std::size_t columns) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    ioctl(master_, TIOCSWINSZ, &size);
  }
  int master() const { return master_; }

  Picture picture;
  std::string raw;  // all octets that came

 private:
  // Takes what comes; false if nothing did.
  bool pump(int timeout_ms) {
    pollfd ready{master_, POLLIN, 0};
    if (poll(&ready, 1, timeout_ms) != 1) return false;
    std::array<char, 4096> octets{};
    const ssize_t got = read(master_, octets.data(), octets.size());
    if (got <= 0) return false;
    const std::string_view text(octets.data(), static_cast<std::size_t>(got));
    raw += text;
    picture.take(text);
    return true;
  }

  int master_ = -1;
  pid_t child_ = -1;
};

}  // namespace junctor::console
