// SPDX-License-Identifier: MIT
// Pipes: what may stand behind a command, and the filters that they make.
//
//   show calls | include pbx | count          show calls | json          show | compare rollback 3
//
// json and what the Language knows itself (compare) say how the command answers, so they come first.
// The others are filters on its lines, in any number and order.
//
// Threads   the session's thread.
// Errors    a Mistake with its place; a pattern that RE2 refuses with RE2's reason.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/console/language.hpp"
#include "platform/console/words.hpp"

namespace junctor::console {

// One step of a chain. take() may hand on any number of lines, and says whether it wants more.
class Filter {
 public:
  using Next = std::function<bool(std::string_view line)>;
  virtual ~Filter() = default;
  virtual bool take(std::string_view line, const Next& next) = 0;
  virtual void finish([[maybe_unused]] const Next& next) {}
};

struct Pipes {
  std::vector<std::unique_ptr<Filter>> filters;
  std::vector<std::string> view;
  bool is_json = false;
  bool is_unpaged = false;  // "| no-more"
};

// What may follow these whole words after a pipe; is_first: after the first one.
Completion complete_pipe(Language::Words command, Language::Words words, bool is_first,
                         const Language& language);

std::variant<Pipes, Mistake> parse_pipes(const Split& line, std::size_t line_length,
                                         Language::Words command, const Language& language);

// The filters of one command, one after the other.
class Chain {
 public:
  Chain(std::vector<std::unique_ptr<Filter>> filters, Filter::Next out);
  bool take(std::string_view line) { return take_at(0, line); }
  void finish();

 private:
  bool take_at(std::size_t index, std::string_view line);

  std::vector<std::unique_ptr<Filter>> filters_;
  Filter::Next out_;
};

}  // namespace junctor::console
