// SPDX-License-Identifier: MIT
#include "platform/console/session.hpp"

#include <utility>

#include "platform/base/assert.hpp"
#include "platform/console/output.hpp"
#include "platform/console/text.hpp"

namespace junctor::console {
namespace {

std::string text_of(std::chrono::seconds time) {
  const auto count = time.count();
  return count % 60 == 0 ? std::to_string(count / 60) + " min" : std::to_string(count) + " s";
}

}  // namespace

Session::Session(Language& language, const Settings& settings, const SessionOptions& options)
    : language_(language),
      settings_(settings),
      terminal_(options.in, options.out, options.term),
      editor_(terminal_, language, options.term,
              HistoryFile(options.history_file, options.history_lines), options.history_lines),
      first_line_(options.first_line) {
  JUNCTOR_ASSERT(terminal_.is_terminal());
}

Session::End Session::run() {
  while (!has_left_) {
    show_notices();
    terminal_.set_idle(settings_.idle);
    terminal_.set_rows(settings_.length);
    if (settings_.width) terminal_.set_columns(*settings_.width);
    prompt_ = safe_line(language_.prompt());
    if (!first_line_.empty()) {
      run_line(std::exchange(first_line_, {}), false);
      continue;
    }
    const Editor::Read read = editor_.read(prompt_);
    if (read.end == Editor::End::Gone) break;
    // As the word: who leaves changes behind is told so first.
    if (read.end == Editor::End::Left && !run_line("exit", false)) has_left_ = true;
    if (read.end == Editor::End::Upwards) run_line("end", false);
    if (read.end == Editor::End::Line) run_line(read.line, true);
  }
  if (has_left_) return End::Left;
  if (!terminal_.is_idle()) return End::Gone;
  terminal_.write_last("\n% logged out after " + text_of(settings_.idle) + " without a key\n");
  return End::Idle;
}

// False: there is no such command. `is_typed`: not a key that stands for a word, which is nothing where
// the word is nothing.
bool Session::run_line(const std::string& line, bool is_typed) {
  const Split words = split(line);
  if (words.is_comment) return true;
  if (words.parts.size() == 1 && words.parts[0].empty() && !words.mistake) return true;
  auto planned = plan(words, line.size(), language_);
  // In a line that is not understood a mistyped word may hide that the next is a secret: the file,
  // which outlives the session, gets none of them.
  const bool is_understood = std::holds_alternative<Plan>(planned);
  if (is_typed && language_.may_keep(line)) editor_.keep(line, is_understood);
  if (const auto* mistake = std::get_if<Mistake>(&planned)) {
    if (is_typed) show_mistake(*mistake, line);
    return false;
  }
  run_plan(std::move(std::get<Plan>(planned)), line);
  return true;
}

void Session::run_plan(Plan plan, const std::string& line) {
  terminal_.begin_command();
  is_running_ = true;
  Output out(terminal_, std::move(plan.pipes), settings_.length != std::size_t{0});
  const Outcome outcome = language_.run(plan.command, out);
  out.finish();
  is_running_ = false;
  if (terminal_.is_interrupted()) terminal_.write("^C\n");
  terminal_.end_command();
  switch (outcome.kind) {
    case Outcome::Kind::Done:
      return;
    case Outcome::Kind::Failed:
      terminal_.write("% " + safe_line(outcome.text) + "\n");
      return;
    case Outcome::Kind::Wrong: {
      const std::size_t at =
          outcome.word < plan.places.size() ? plan.places[outcome.word] : line.size();
      show_mistake({outcome.text, at}, line);
      return;
    }
    case Outcome::Kind::Leave:
      has_left_ = true;
  }
}

void Session::show_mistake(const Mistake& mistake, const std::string& line) {
  terminal_.write(describe(mistake, line, cells(prompt_), terminal_.columns()));
}

void Session::notify(std::string text) {
  if (is_running_) {
    notices_.push_back(std::move(text));
  } else {
    editor_.show_above(text);
  }
}

void Session::show_notices() {
  for (const std::string& notice : std::exchange(notices_, {})) editor_.show_above(notice);
}

}  // namespace junctor::console
