// SPDX-License-Identifier: MIT
#include "platform/console/words.hpp"

#include "platform/console/text.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::console {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr std::string_view kEscapable = "\"\\|?#! ";
constexpr std::string_view kEscapableInQuotes = "\"\\";

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  Split run() {
    if (find_foreign()) return std::move(split_);
    const std::size_t first = line_.find_first_not_of(" \t");
    if (first != std::string_view::npos && (line_[first] == '#' || line_[first] == '!')) {
      split_.is_comment = true;
      return std::move(split_);
    }
    while (at_ < line_.size()) step();
    finish();
    return std::move(split_);
  }

 private:
  // A control character, or octets that are no text, are in no line that somebody meant.
  bool find_foreign() {
    for (std::size_t at = 0; at < line_.size();) {
      const Utf8Char c = decode_utf8(line_.substr(at));
      if (c.length == 0 || (c.code != '\t' && is_control(c.code))) {
        split_.mistake = Mistake{c.length == 0 ? "not UTF-8" : "control character", at};
        return true;
      }
      at += c.length;
    }
    return false;
  }

  void step() {
    const char c = line_[at_];
    if (c == '\\') {
      take_escaped();
    } else if (c == '"') {
      in_quotes_ = !in_quotes_;
      if (in_quotes_) quote_at_ = at_;
      word().is_quoted = true;
      ++at_;
    } else if (in_quotes_ || (!is_blank(c) && c != '|')) {
      word().text += c;
      ++at_;
    } else {
      in_word_ = false;
      if (c == '|') {
        split_.pipes.push_back(at_);
        split_.parts.emplace_back();
      }
      ++at_;
    }
  }

  void take_escaped() {
    const std::string_view escapable = in_quotes_ ? kEscapableInQuotes : kEscapable;
    Word& into = word();
    if (at_ + 1 < line_.size() && escapable.find(line_[at_ + 1]) != std::string_view::npos) {
      into.text += line_[at_ + 1];
      into.is_quoted = true;
      at_ += 2;
      return;
    }
    into.text += '\\';
    ++at_;
  }

  void finish() {
    split_.is_in_quotes = in_quotes_;
    split_.is_in_word = in_word_;
    if (in_quotes_) split_.mistake = Mistake{"the quote is not closed", quote_at_};
    for (std::size_t i = 0; i < split_.pipes.size() && !split_.mistake; ++i) {
      if (split_.parts[0].empty()) split_.mistake = Mistake{"no command", split_.pipes[i]};
    }
  }

  // The word being read; the first character makes it.
  Word& word() {
    auto& part = split_.parts.back();
    if (!in_word_) part.push_back(Word{{}, at_, false});
    in_word_ = true;
    return part.back();
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t quote_at_ = 0;
  bool in_quotes_ = false;
  bool in_word_ = false;
  Split split_;
};

// The typed word that begins at the place, as far as the next blank or pipe.
std::string_view word_at(std::string_view line, std::size_t at) {
  if (at >= line.size()) return {};
  const std::string_view rest = line.substr(at);
  return rest.substr(0, rest.find_first_of(rest.front() == '|' ? " \t" : " \t|"));
}

}  // namespace

Split split(std::string_view line) { return Splitter(line).run(); }

std::string quoted(std::string_view word) {
  if (!word.empty() && word.find_first_of(" \t\"\\|?#!") == std::string_view::npos)
    return std::string(word);
  std::string out = "\"";
  for (const char c : word) {
    if (kEscapableInQuotes.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string describe(const Mistake& mistake, std::string_view line) {
  constexpr std::size_t kMost = 64;
  const std::string_view word = word_at(line, mistake.at).substr(0, kMost);
  if (word.empty()) return "% " + safe_line(mistake.text) + "\n";
  return "% " + safe_line(mistake.text) + ": " + safe_line(word) + "\n";
}

std::string describe(const Mistake& mistake, std::string_view line, std::size_t prompt_width,
                     std::size_t width) {
  const std::size_t at = prompt_width + cells(safe_line(line.substr(0, mistake.at)));
  const std::size_t end = prompt_width + cells(safe_line(line));
  const std::size_t last = width == 0 ? 0 : (end == 0 ? 0 : end - 1) / width;
  // The end of the line may itself be past the last row's last column.
  if (width == 0 || at / width != last) return describe(mistake, line);
  return std::string(at % width, ' ') + "^\n% " + safe_line(mistake.text) + "\n";
}

}  // namespace junctor::console
