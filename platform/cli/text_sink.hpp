// SPDX-License-Identifier: MIT
// TextSink: a Sink for tests of commands. It keeps what is written, and answers as the test says.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "platform/console/language.hpp"

namespace junctor::cli {

class TextSink final : public console::Sink {
 public:
  void write(std::string_view more) override { text += more; }
  void redraw(std::string_view) override {}
  bool is_interrupted() override { return interrupted; }
  Event wait(int, std::chrono::milliseconds, bool) override { return Event::TimedOut; }
  char take_key() override { return 0; }
  std::optional<std::string> ask(std::string_view, bool) override { return answer; }
  std::size_t width() const override { return columns; }
  bool is_terminal() const override { return terminal; }

  std::string text;
  std::optional<std::string> answer;  // to a question; nothing: ^C
  std::size_t columns = 80;
  bool interrupted = false;
  bool terminal = false;
};

}  // namespace junctor::cli
