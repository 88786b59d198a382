// SPDX-License-Identifier: MIT
#include "platform/console/once.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "platform/console/expand.hpp"
#include "platform/console/output.hpp"
#include "platform/console/text.hpp"
#include "platform/console/words.hpp"

namespace junctor::console {
namespace {

class Runner {
 public:
  Runner(Language& language, int out, int errors)
      : language_(language), terminal_(-1, out, ""), errors_(errors) {}

  int run(std::string_view line, const std::string& where) {
    where_ = where;
    const Split words = split(line);
    const bool is_empty = words.parts.size() == 1 && words.parts[0].empty() && !words.mistake;
    if (words.is_comment || is_empty) return kDone;
    auto planned = plan(words, line.size(), language_);
    if (const auto* mistake = std::get_if<Mistake>(&planned)) return complain(*mistake, line);
    return run(std::move(std::get<Plan>(planned)), line);
  }
  bool has_left() const { return has_left_ || terminal_.is_gone(); }

 private:
  int run(Plan plan, std::string_view line) {
    terminal_.begin_command();
    Output out(terminal_, std::move(plan.pipes), false);
    const Outcome outcome = language_.run(plan.command, out);
    out.finish();
    switch (outcome.kind) {
      case Outcome::Kind::Done:
        return terminal_.is_interrupted() ? kFailed : kDone;
      case Outcome::Kind::Failed:
        say("% " + safe_line(outcome.text) + "\n");
        return kFailed;
      case Outcome::Kind::Wrong: {
        const bool is_known = outcome.word < plan.places.size();
        const std::size_t at = is_known ? plan.places[outcome.word] : line.size();
        return complain({outcome.text, at}, line);
      }
      case Outcome::Kind::Leave:
        has_left_ = true;
    }
    return kDone;
  }

  int complain(const Mistake& mistake, std::string_view line) {
    say(describe(mistake, line));
    return kUsage;
  }

  void say(const std::string& text) const {
    const std::string whole = where_ + text;
    // Where complaints cannot be written, the status has to be enough.
    [[maybe_unused]] const ssize_t written = write(errors_, whole.data(), whole.size());
  }

  Language& language_;
  Terminal terminal_;
  int errors_;
  std::string where_;
  bool has_left_ = false;
};

}  // namespace

std::string line_of(std::span<const std::string_view> arguments) {
  std::string line;
  for (const std::string_view argument : arguments) {
    if (!line.empty()) line += ' ';
    line += argument == "|" ? "|" : quoted(argument);
  }
  return line;
}

int run_once(Language& language, std::string_view line, int out, int errors) {
  return Runner(language, out, errors).run(line, "");
}

int run_lines(Language& language, int in, int out, int errors) {
  Runner runner(language, out, errors);
  std::array<char, 4096> octets{};
  std::string text;
  std::size_t number = 0;
  int worst = kDone;
  const auto run = [&](std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string where = "line " + std::to_string(++number) + ": ";
    worst = std::max(worst, runner.run(line, where));
  };
  while (!runner.has_left() && worst == kDone) {
    const ssize_t got = read(in, octets.data(), octets.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(octets.data(), static_cast<std::size_t>(got));
    std::size_t at = 0;
    for (std::size_t end;
         !runner.has_left() && worst == kDone && (end = text.find('\n', at)) != std::string::npos;
         at = end + 1)
      run(std::string_view(text).substr(at, end - at));
    text.erase(0, at);
  }
  if (!text.empty() && !runner.has_left() && worst == kDone) run(text);
  return worst;
}

}  // namespace junctor::console
