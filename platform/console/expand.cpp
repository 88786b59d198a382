// SPDX-License-Identifier: MIT
#include "platform/console/expand.hpp"

#include <algorithm>
#include <utility>

namespace junctor::console {
namespace {

using Kind = Candidate::Kind;

// What the word stands for; or the sentence that says why it stands for nothing.
struct Meaning {
  std::string word;
  std::string mistake;
};

Meaning ambiguous(std::span<const Candidate* const> keywords) {
  std::string text = "ambiguous: ";
  for (const Candidate* keyword : keywords)
    text += (keyword == keywords.front() ? "" : ", ") + keyword->word;
  return {{}, std::move(text)};
}

Meaning meaning_of(const Completion& completion, const Word& word) {
  std::vector<const Candidate*> keywords;
  bool takes_value = false;
  for (const Candidate& candidate : completion.candidates) {
    if (candidate.kind == Kind::Placeholder) {
      takes_value = true;
    } else if (candidate.word == word.text) {
      return {word.text, {}};
    } else if (candidate.kind == Kind::Keyword && !word.is_quoted &&
               candidate.word.starts_with(word.text)) {
      keywords.push_back(&candidate);
    }
  }
  if (keywords.size() == 1) return {keywords.front()->word, {}};
  if (keywords.size() > 1) return ambiguous(keywords);
  if (takes_value) return {word.text, {}};
  if (completion.candidates.empty() && completion.may_end) return {{}, "nothing may follow here"};
  return {{}, "unknown word"};
}

void take_places(std::span<const Word> words, std::vector<std::size_t>& places) {
  for (const Word& word : words) places.push_back(word.at);
}

// The line's end as a place: after its last character, one blank on.
Mistake incomplete(std::size_t line_length) { return {"incomplete", line_length}; }

}  // namespace

std::vector<Candidate> candidates_of(const Completion& completion, const Word& word) {
  std::vector<Candidate> fits;
  const auto take = [&](const Candidate& candidate) {
    if (candidate.kind == Kind::Placeholder || candidate.word.starts_with(word.text))
      fits.push_back(candidate);
  };
  for (const Candidate& candidate : completion.candidates) {
    if (candidate.values) std::ranges::for_each(candidate.values(), take);
    take(candidate);
  }
  return fits;
}

Expanded expand(std::span<const Word> words, const Grammar& grammar) {
  Expanded out;
  Completion next = grammar(out.words);
  for (const Word& word : words) {
    Meaning meaning = meaning_of(next, word);
    if (!meaning.mistake.empty()) {
      out.mistake = Mistake{std::move(meaning.mistake), word.at};
      return out;
    }
    out.words.push_back(std::move(meaning.word));
    next = grammar(out.words);
  }
  out.may_end = next.may_end;
  return out;
}

std::variant<Plan, Mistake> plan(const Split& line, std::size_t line_length,
                                 const Language& language) {
  if (line.mistake) return *line.mistake;
  Plan out;
  Expanded command =
      expand(line.parts[0], [&](Language::Words words) { return language.complete(words); });
  if (command.mistake) return *command.mistake;
  const std::size_t end = line.pipes.empty() ? line_length : line.pipes.front();
  if (!command.may_end) return incomplete(end);
  out.command.words = std::move(command.words);
  take_places(line.parts[0], out.places);

  auto pipes = parse_pipes(line, line_length, out.command.words, language);
  if (auto* mistake = std::get_if<Mistake>(&pipes)) return std::move(*mistake);
  out.pipes = std::move(std::get<Pipes>(pipes));
  out.command.is_json = out.pipes.is_json;
  out.command.view = out.pipes.view;
  if (!out.pipes.view.empty()) take_places(line.parts[1], out.places);
  return out;
}

}  // namespace junctor::console
