// SPDX-License-Identifier: MIT
// TextSink: a Sink for tests of commands. It keeps what is written, and answers as the test says.
#pragma once

#include <chrono>
#include <deque>
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
  std::optional<std::string> ask(std::string_view question, bool) override {
    if (answers.empty()) return answer;
    text += std::string(question) + "\n";
    std::string next = answers.front();
    answers.pop_front();
    return next;
  }
  std::size_t width() const override { return columns; }
  bool is_terminal() const override { return terminal; }

  std::string text;
  std::optional<std::string> answer;  // to a question; nothing: ^C
  std::deque<std::string> answers;    // to the next questions, which are kept in the text
  std::size_t columns = 80;
  bool interrupted = false;
  bool terminal = false;
};

}  // namespace junctor::cli
