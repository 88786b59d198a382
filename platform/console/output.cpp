// SPDX-License-Identifier: MIT
#include "platform/console/output.hpp"

#include <algorithm>
#include <utility>

#include "platform/console/text.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::console {
namespace {

// As much of the text as fits.
std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t taken = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = std::max<std::size_t>(1, decode_utf8(text.substr(at)).length);
    taken += cells(text.substr(at, length));
    if (taken > columns) break;
    at += length;
  }
  return text.substr(0, at);
}

}  // namespace

Output::Output(Terminal& terminal, Pipes pipes, bool is_paged)
    : terminal_(terminal),
      is_wrapped_(terminal.is_terminal() && pipes.filters.empty()),
      pager_(terminal, is_paged && !pipes.is_unpaged),
      chain_(std::move(pipes.filters),
             [this](std::string_view line) { return pager_.line(line); }) {}

void Output::take(std::string_view line) {
  if (!is_closed_) is_closed_ = !chain_.take(safe_line(line));
}

void Output::write(std::string_view text) {
  terminal_.has_typed();  // what is typed ahead is put by, so that no buffer below runs over
  while (!is_interrupted()) {
    const std::size_t end = text.find('\n');
    line_ += text.substr(0, end);
    if (end == std::string_view::npos) return;
    take(line_);
    line_.clear();
    text.remove_prefix(end + 1);
  }
}

// A dumb terminal, a file and a filter get one picture after the other.
void Output::redraw(std::string_view text) {
  if (!terminal_.can_erase()) {
    pager_.stop_no_more();
    write(text);
    return;
  }
  std::string picture = has_drawn_ ? "\x1b[H" : "\x1b[H\x1b[2J";
  has_drawn_ = true;
  const std::size_t rows = std::max<std::size_t>(2, terminal_.rows()) - 1;
  for (std::size_t row = 0; row < rows && !text.empty(); ++row) {
    const std::string_view line = text.substr(0, text.find('\n'));
    picture += std::string(cut(safe_line(line), terminal_.columns())) + "\x1b[K\n";
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  terminal_.write(picture + "\x1b[J");
}

bool Output::is_interrupted() {
  if (terminal_.is_interrupted() || terminal_.is_gone()) is_closed_ = true;
  return is_closed_ || pager_.has_ended();
}

Sink::Event Output::wait(int fd, std::chrono::milliseconds timeout, bool with_keys) {
  if (with_keys) pager_.stop_no_more();
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const auto rest = std::max(left, std::chrono::milliseconds(0));
    switch (with_keys ? terminal_.wait(fd, rest) : terminal_.wait_watched(fd, rest)) {
      case Terminal::Wake::Typed:
        return Event::Key;
      case Terminal::Wake::Watched:
        return Event::Ready;
      case Terminal::Wake::Resized:
        break;
      case Terminal::Wake::Interrupted:
        return Event::Interrupted;
      case Terminal::Wake::TimedOut:
        return Event::TimedOut;
      case Terminal::Wake::Gone:
        return Event::Gone;
    }
  }
}

char Output::take_key() { return terminal_.take().value_or('\0'); }

std::optional<std::string> Output::ask(std::string_view question, bool is_secret) {
  constexpr std::string_view kErase = "\x7f";
  constexpr std::string_view kBackspace = "\b";
  constexpr std::string_view kEnd = "\x04";
  if (!terminal_.is_terminal()) return std::nullopt;
  terminal_.write(safe_line(question));
  std::string answer;
  for (;;) {
    const Key key = terminal_.key();
    if (key.kind == Key::Kind::Text) {
      answer += key.text;
      if (!is_secret) terminal_.write(key.text);
    } else if (key.kind == Key::Kind::Enter) {
      terminal_.write("\n");
      return answer;
    } else if (key.kind == Key::Kind::Control && (key.text == kErase || key.text == kBackspace)) {
      if (answer.empty()) continue;
      std::size_t last = answer.size() - 1;
      while (last > 0 && (answer[last] & 0xc0) == 0x80) --last;
      const std::size_t columns = cells(answer.substr(last));
      answer.resize(last);
      for (std::size_t i = 0; i < columns && !is_secret; ++i) terminal_.write("\b \b");
    } else if (key.kind == Key::Kind::Interrupt || key.kind == Key::Kind::Gone ||
               (key.text == kEnd && answer.empty())) {
      terminal_.write("\n");
      return std::nullopt;
    }
  }
}

void Output::finish() {
  if (!line_.empty() && !is_interrupted()) take(line_);
  line_.clear();
  if (!is_interrupted()) chain_.finish();
}

}  // namespace junctor::console
