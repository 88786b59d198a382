// SPDX-License-Identifier: MIT
// Pager: lines on a terminal, with a stop at each page.
//
//   Space, PageDown  a page      Enter, Down  a line      q, ^C  no more
//
// Any other key ends the answer too, and begins the next line. What was typed before the page was
// full is no answer to --More--: then the pager does not stop, so that a pasted line is not lost.
//
// Threads   the session's thread.
// Lifetime  one pager a command; the screen outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace junctor::console {

// A key as it was typed.
struct Key {
  enum class Kind : std::uint8_t {
    Text,
    Enter,
    Interrupt,
    Down,
    PageDown,
    Control,  // one that types no text, as ^U or backspace
    Other,    // a key of several octets, as an arrow
    Gone      // no terminal any more, or nobody at it
  };
  Kind kind = Kind::Other;
  std::string text;  // of Text and Control: its octets
};

// What the pager needs of a terminal.
class Screen {
 public:
  virtual ~Screen() = default;
  virtual void write(std::string_view text) = 0;
  virtual std::size_t rows() const = 0;
  virtual std::size_t columns() const = 0;
  virtual bool can_erase() const = 0;              // knows the escape sequences of a VT100
  virtual bool has_typed() = 0;                    // something typed waits to be read
  virtual Key key() = 0;                           // waits for one
  virtual void untype(std::string_view text) = 0;  // gives it back, to be read next
};

class Pager {
 public:
  Pager(Screen& screen, bool stops) : screen_(screen), stops_(stops) {}

  // Shows one line; false: no more is wanted. The line is safe to show.
  bool line(std::string_view line);
  bool has_ended() const { return has_ended_; }
  // A command that watches something is read as it goes: it stops no more.
  void stop_no_more() { stops_ = false; }

 private:
  bool ask();

  // Given.
  Screen& screen_;
  // State.
  bool stops_;
  bool has_ended_ = false;
  std::size_t shown_ = 0;  // rows since the last stop
};

}  // namespace junctor::console
