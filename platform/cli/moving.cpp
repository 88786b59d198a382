// SPDX-License-Identifier: MIT
// Where the words of a line are below while configuring, and how configuration is left.
#include <algorithm>
#include <array>
#include <utility>

#include "platform/cli/gateway_language.hpp"
#include "platform/config/tree.hpp"

namespace junctor::cli {

using console::Completion;
using console::Outcome;
using console::Sink;

namespace {

// What is done at a place, so that it can be done at the top.
constexpr std::array<std::string_view, 7> kPlaced{"set",    "delete", "rename", "copy",
                                                  "insert", "edit",   "show"};

bool is_placed(const std::string& word) {
  return std::ranges::find(kPlaced, word) != kPlaced.end();
}

}  // namespace

std::vector<CommandRow> GatewayLanguage::moving_rows() {
  const auto by = [this](Outcome (GatewayLanguage::*what)(const Command&, Sink&)) {
    return [this, what](const Command& command, Sink& out) { return (this->*what)(command, out); };
  };
  const auto outside = [this](Words rest) { return operational_.complete(rest); };
  return {
      {"up", "one word up from there", by(&GatewayLanguage::go_up)},
      {"up N", "so many words up", by(&GatewayLanguage::go_up)},
      {"top", "back to the whole",
       [this](const Command&, Sink&) {
         path_.clear();
         came_from_.clear();
         return Outcome{};
       }},
      {"top ...", "a command at the whole: set, delete, edit, show ...",
       by(&GatewayLanguage::run_at_top), [this](Words rest) { return complete_at_top(rest); }},
      {"run ...", "a command of outside", by(&GatewayLanguage::run_operational), outside},
      {"do ...", "the same as run", by(&GatewayLanguage::run_operational), outside},
      {"exit", "back to where edit was; there leaves configuration", by(&GatewayLanguage::go_back)},
      {"quit", "the same as exit", by(&GatewayLanguage::go_back)},
      {"end", "leaves configuration", [this](const Command&, Sink& out) { return leave(out); }},
  };
}

Outcome GatewayLanguage::enter(const Command& command) {
  if (command.words.size() < 2) return Outcome::wrong(1, "a place is missing");
  config::Words words = below_path(Words(command.words).subspan(1));
  // A place is what something can be set below.
  const config::Completion below = config::complete(candidate_, words, config::For::Set);
  const bool is_place = std::any_of(
      below.candidates.begin(), below.candidates.end(),
      [](const auto& c) { return c.kind == config::Candidate::Kind::Word && c.word != "["; });
  if (!is_place) return Outcome::wrong(command.words.size() - 1, "is no place to go to");
  came_from_.push_back(std::exchange(path_, std::move(words)));
  return {};
}

Outcome GatewayLanguage::go_up(const Command& command, Sink&) {
  std::uint32_t words = 1;
  if (command.words.size() > 1) {
    const auto number = number_of(command.words[1]);
    if (!number) return Outcome::wrong(1, "a number, 1 or more, is expected");
    words = *number;
  }
  path_.resize(path_.size() - std::min<std::size_t>(words, path_.size()));
  while (!came_from_.empty() && came_from_.back().size() >= path_.size()) came_from_.pop_back();
  return {};
}

Outcome GatewayLanguage::go_back(const Command&, Sink& out) {
  if (path_.empty()) return leave(out);
  path_.clear();
  if (!came_from_.empty()) {
    path_ = std::move(came_from_.back());
    came_from_.pop_back();
  }
  return {};
}

// The place stays what it was, unless it is gone to another.
Outcome GatewayLanguage::run_at_top(const Command& command, Sink& out) {
  Command inner = command;
  inner.words.erase(inner.words.begin());
  if (!is_placed(inner.words.front())) return Outcome::wrong(1, "is nothing to do at the top");
  const CommandRow* row = configuration_.find(inner.words);
  if (row == nullptr) return Outcome::wrong(command.words.size(), "the line is not complete");
  const config::Words place = std::exchange(path_, {});
  Outcome outcome = row->run(inner, out);
  const bool has_moved = inner.words.front() == "edit" && outcome.kind == Outcome::Kind::Done;
  if (has_moved) {
    came_from_.back() = place;  // where exit goes
  } else {
    path_ = place;
  }
  ++outcome.word;
  return outcome;
}

Completion GatewayLanguage::complete_at_top(Words rest) {
  const config::Words place = std::exchange(path_, {});
  Completion out = configuration_.complete(rest);
  path_ = place;
  if (rest.empty())
    std::erase_if(out.candidates, [](const auto& one) { return !is_placed(one.word); });
  return out;
}

Outcome GatewayLanguage::leave(Sink& out) {
  if (is_changed() && !may_leave_) {
    may_leave_ = true;
    return Outcome::failed(
        "the candidate has changes that are not committed; once more leaves them behind");
  }
  if (is_exclusive_) {
    management::v1::Request request;
    request.mutable_lock_config()->set_release(true);
    if (const auto released = given_.gateway.ask(request); !released)
      out.write("! " + released.error().text() + "\n");
  }
  is_configuring_ = false;
  came_from_.clear();
  is_exclusive_ = false;
  may_leave_ = false;
  return {};
}

Outcome GatewayLanguage::run_operational(const Command& command, Sink& out) {
  Command inner = command;
  inner.words.erase(inner.words.begin());
  const CommandRow* row = operational_.find(inner.words);
  if (row == nullptr || inner.words.front() == "configure" || inner.words.front() == "exit" ||
      inner.words.front() == "quit") {
    return Outcome::wrong(1, "is no command to run from here");
  }
  return row->run(inner, out);
}

}  // namespace junctor::cli
