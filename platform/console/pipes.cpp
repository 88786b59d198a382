// SPDX-License-Identifier: MIT
#include "platform/console/pipes.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "platform/console/expand.hpp"

namespace junctor::console {
namespace {

class Pattern {
 public:
  explicit Pattern(std::string_view text) : re_(piece(text), options()) {}
  bool matches(std::string_view line) const { return RE2::PartialMatch(piece(line), re_); }
  std::string error() const { return re_.ok() ? "" : re_.error(); }

 private:
  static re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }
  static RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);
    return options;
  }
  RE2 re_;
};
using PatternPtr = std::shared_ptr<const Pattern>;

class Match final : public Filter {
 public:
  Match(PatternPtr pattern, bool is_wanted) : pattern_(std::move(pattern)), is_wanted_(is_wanted) {}
  bool take(std::string_view line, const Next& next) override {
    return pattern_->matches(line) != is_wanted_ || next(line);
  }

 private:
  PatternPtr pattern_;
  bool is_wanted_;
};

class Begin final : public Filter {
 public:
  explicit Begin(PatternPtr pattern) : pattern_(std::move(pattern)) {}
  bool take(std::string_view line, const Next& next) override {
    has_begun_ = has_begun_ || pattern_->matches(line);
    return !has_begun_ || next(line);
  }

 private:
  PatternPtr pattern_;
  bool has_begun_ = false;
};

// A line that matches, what is indented below it, and the bracket that closes it.
class Section final : public Filter {
 public:
  explicit Section(PatternPtr pattern) : pattern_(std::move(pattern)) {}
  bool take(std::string_view line, const Next& next) override {
    const std::size_t found = line.find_first_not_of(' ');
    const std::size_t indent = found == std::string_view::npos ? line.size() : found;
    if (indent_ && indent > *indent_) return next(line);
    const bool closes = indent_ && indent == *indent_ && indent < line.size() &&
                        (line[indent] == '}' || line[indent] == ']');
    indent_.reset();
    if (closes) return next(line);
    if (!pattern_->matches(line)) return true;
    indent_ = indent;
    return next(line);
  }

 private:
  PatternPtr pattern_;
  std::optional<std::size_t> indent_;  // of the section's first line
};

class Count final : public Filter {
 public:
  bool take(std::string_view, const Next&) override {
    ++lines_;
    return true;
  }
  void finish(const Next& next) override {
    next("Count: " + std::to_string(lines_) + (lines_ == 1 ? " line" : " lines"));
  }

 private:
  std::uint64_t lines_ = 0;
};

using Make = std::unique_ptr<Filter> (*)(const PatternPtr&);

struct PipeDesc {
  std::string_view word;
  std::string_view help;
  Make with_pattern;
};
constexpr std::array<PipeDesc, 7> kPipes{{
    {"include", "Lines that match",
     [](const PatternPtr& p) -> std::unique_ptr<Filter> {
       return std::make_unique<Match>(p, true);
     }},
    {"exclude", "Lines that do not match",
     [](const PatternPtr& p) -> std::unique_ptr<Filter> {
       return std::make_unique<Match>(p, false);
     }},
    {"begin", "From the first line that matches",
     [](const PatternPtr& p) -> std::unique_ptr<Filter> { return std::make_unique<Begin>(p); }},
    {"section", "Lines that match, with what is indented below them",
     [](const PatternPtr& p) -> std::unique_ptr<Filter> { return std::make_unique<Section>(p); }},
    {"count", "How many lines", nullptr},
    {"json", "As JSON, for programs", nullptr},
    {"no-more", "Without stopping at each page", nullptr},
}};

const PipeDesc* find_pipe(std::string_view word) {
  const auto* at = std::ranges::find(kPipes, word, &PipeDesc::word);
  return at == kPipes.end() ? nullptr : at;
}

class PipeParser {
 public:
  PipeParser(const Split& line, Language::Words command, const Language& language)
      : line_(line), command_(command), language_(language) {}

  // The part after pipe number `index`, whose words end at `end`.
  std::optional<Mistake> take(std::size_t index, std::size_t end) {
    const std::vector<Word>& words = line_.parts[index + 1];
    const bool is_first = index == 0;
    const auto grammar = [&](Language::Words before) {
      return complete_pipe(command_, before, is_first, language_);
    };
    // A pattern may be several words; the grammar knows but the pipe's own.
    const Expanded head =
        expand(std::span(words).first(std::min<std::size_t>(1, words.size())), grammar);
    if (head.mistake) return late(words.front()).value_or(*head.mistake);
    if (words.empty()) return Mistake{"incomplete", end};
    const PipeDesc* pipe = find_pipe(head.words.front());
    if (pipe != nullptr && pipe->with_pattern != nullptr) return take_pattern(*pipe, words, end);

    Expanded whole = expand(words, grammar);
    if (whole.mistake) return whole.mistake;
    if (!whole.may_end) return Mistake{"incomplete", end};
    if (pipe == nullptr) {
      pipes_.view = std::move(whole.words);
    } else if (pipe->word == "count") {
      pipes_.filters.push_back(std::make_unique<Count>());
    } else if (pipe->word == "json") {
      pipes_.is_json = true;
    } else {
      pipes_.is_unpaged = true;
    }
    return {};
  }

  Pipes done() { return std::move(pipes_); }

 private:
  // What would be right after the first pipe only.
  std::optional<Mistake> late(const Word& word) const {
    const Expanded first = expand(std::span(&word, 1), [&](Language::Words before) {
      return complete_pipe(command_, before, true, language_);
    });
    if (first.mistake) return {};
    return Mistake{first.words.front() + " stands after the first pipe only", word.at};
  }

  std::optional<Mistake> take_pattern(const PipeDesc& pipe, std::span<const Word> words,
                                      std::size_t end) {
    if (words.size() < 2) return Mistake{"a pattern is missing", end};
    std::string text;
    for (const Word& word : words.subspan(1)) text += (text.empty() ? "" : " ") + word.text;
    const auto pattern = std::make_shared<const Pattern>(text);
    if (const std::string error = pattern->error(); !error.empty())
      return Mistake{"bad pattern, " + error, words[1].at};
    pipes_.filters.push_back(pipe.with_pattern(pattern));
    return {};
  }

  const Split& line_;
  Language::Words command_;
  const Language& language_;
  Pipes pipes_;
};

}  // namespace

Completion complete_pipe(Language::Words command, Language::Words words, bool is_first,
                         const Language& language) {
  Completion out;
  if (words.empty()) {
    for (const PipeDesc& pipe : kPipes) {
      if (pipe.word == "json" && !is_first) continue;
      out.candidates.push_back(
          {std::string(pipe.word), std::string(pipe.help), Candidate::Kind::Keyword});
    }
    if (!is_first) return out;
    for (Candidate& candidate : language.complete_view(command, {}).candidates)
      out.candidates.push_back(std::move(candidate));
    return out;
  }
  const PipeDesc* pipe = find_pipe(words.front());
  if (pipe == nullptr) return language.complete_view(command, words);
  out.may_end = pipe->with_pattern == nullptr || words.size() > 1;
  if (pipe->with_pattern != nullptr)
    out.candidates.push_back({"<pattern>", "Regular expression", Candidate::Kind::Placeholder});
  return out;
}

std::variant<Pipes, Mistake> parse_pipes(const Split& line, std::size_t line_length,
                                         Language::Words command, const Language& language) {
  PipeParser parser(line, command, language);
  for (std::size_t i = 0; i < line.pipes.size(); ++i) {
    const std::size_t end = i + 1 < line.pipes.size() ? line.pipes[i + 1] : line_length;
    if (auto mistake = parser.take(i, end)) return std::move(*mistake);
  }
  return parser.done();
}

Chain::Chain(std::vector<std::unique_ptr<Filter>> filters, Filter::Next out)
    : filters_(std::move(filters)), out_(std::move(out)) {}

bool Chain::take_at(std::size_t index, std::string_view line) {
  if (index == filters_.size()) return out_(line);
  return filters_[index]->take(line,
                               [&](std::string_view passed) { return take_at(index + 1, passed); });
}

void Chain::finish() {
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    filters_[i]->finish([&](std::string_view line) { return take_at(i + 1, line); });
  }
}

}  // namespace junctor::console
