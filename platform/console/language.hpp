// SPDX-License-Identifier: MIT
// Language: all that a console can be told. The engine of this folder knows no command: it asks the
// Language what may follow, and hands it each line in full words.
//
//   line --split--> words --expand (complete)--> Command --run--> Sink --filters, pager--> terminal
//
// Threads   the session's thread only.
// Lifetime  a Language outlives its session; a Sink is good for the run() it was given to.
// Errors    what the operator got wrong is an Outcome with a sentence, and the word that is wrong.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace junctor::console {

// One word that may stand at a place.
struct Candidate {
  enum class Kind : std::uint8_t {
    Keyword,     // may be cut short: "show"
    Value,       // Tab completes it, but it is typed whole: a trunk's name
    Placeholder  // stands for what the operator chooses: "<1-65535>", "<name>"
  };
  std::string word;
  std::string help;
  Kind kind = Kind::Keyword;
  // Of a Placeholder: what is known that may be typed there. Called when it is listed or typed by Tab,
  // not for a line that runs: it may cost a question.
  std::function<std::vector<Candidate>()> values = {};
};

struct Completion {
  std::vector<Candidate> candidates;  // in the order in which they are shown
  bool may_end = false;               // the line may end here
};

// A line as it is run: its abbreviations are expanded.
struct Command {
  std::vector<std::string> words;
  // What stands after a pipe that the Language knows itself: "show | compare rollback 3" gives
  // {"compare", "rollback", "3"}.
  std::vector<std::string> view;
  bool is_json = false;  // "| json"
};

struct Outcome {
  enum class Kind : std::uint8_t {
    Done,
    Failed,  // could not be done: "% text"
    Wrong,   // was typed wrong: a caret under the word, "% text"
    Leave    // ends the session
  };
  Kind kind = Kind::Done;
  std::string text;
  std::size_t word = 0;  // of Wrong: counts the words, then those of the view

  static Outcome failed(std::string text) { return {Kind::Failed, std::move(text)}; }
  static Outcome wrong(std::size_t word, std::string text) {
    return {Kind::Wrong, std::move(text), word};
  }
  static Outcome leave() { return {Kind::Leave, {}}; }
};

// Where a running command prints, and what it may ask of the terminal. What is printed is made safe:
// control characters other than the end of a line become text.
class Sink {
 public:
  enum class Event : std::uint8_t { Ready, Key, TimedOut, Interrupted, Gone };

  virtual ~Sink() = default;

  virtual void write(std::string_view text) = 0;
  // Shows the text in place of what the last redraw showed, for commands that watch something.
  virtual void redraw(std::string_view text) = 0;
  // The operator wants no more of it: ^C, q at --More--, or the terminal is gone. Ask it between
  // lines of a long answer.
  virtual bool is_interrupted() = 0;
  // Grows with each ^C, and with the terminal's end. Who waits elsewhere than in wait() ends it then.
  virtual unsigned interrupts() { return 0; }
  // Waits until fd (if not -1) can be read. What is typed meanwhile is kept for the next line, unless
  // keys are asked for: then the first ends the waiting, and take_key() returns it. A command that
  // asks for keys, or draws again, is stopped by no --More-- from then on.
  virtual Event wait(int fd, std::chrono::milliseconds timeout, bool with_keys = false) = 0;
  virtual char take_key() = 0;
  // Asks the operator; a secret is not shown. Nothing on ^C, ^D, or without a terminal.
  virtual std::optional<std::string> ask(std::string_view question, bool is_secret) = 0;
  // How wide a line may be; 0: as it likes, nobody reads it at a terminal as it is.
  virtual std::size_t width() const = 0;
  // Somebody reads along: a command may ask, or watch.
  virtual bool is_terminal() const = 0;
};

class Language {
 public:
  using Words = std::span<const std::string>;

  virtual ~Language() = default;

  virtual std::string prompt() const = 0;  // "junctor> ", "junctor(config)# "
  // What may follow these whole words; keywords among them are already expanded.
  virtual Completion complete(Words words) const = 0;
  // What may follow in a pipe that the Language knows itself (json is not: Command::is_json).
  virtual Completion complete_view([[maybe_unused]] Words words,
                                   [[maybe_unused]] Words view) const {
    return {};
  }
  virtual Outcome run(const Command& command, Sink& out) = 0;

  // A line that holds a secret is kept in no history.
  virtual bool may_keep([[maybe_unused]] std::string_view line) const { return true; }

  // A descriptor that the session watches while it waits for the operator; -1 for none. on_watch()
  // is called when it can be read, and returns notices to show.
  virtual int watch_fd() const { return -1; }
  virtual std::vector<std::string> on_watch() { return {}; }
};

}  // namespace junctor::console
