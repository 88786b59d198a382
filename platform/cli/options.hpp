// SPDX-License-Identifier: MIT
// Options: words that may follow a command in any order, each once.
//
//   trace sip trunk pbx live full          {{"trunk", "pbx"}, {"live", ""}, {"full", ""}}
//
// Threads   the session's.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/cli/command_table.hpp"
#include "platform/console/language.hpp"

namespace junctor::cli {

struct OptionDesc {
  std::string_view word;
  std::string_view help;
  std::string_view value = {};     // "<trunk>": what is typed behind it; empty: nothing is
  CommandRow::Values values = {};  // that may be typed, beside anything
  bool is_only_these = false;      // and nothing else may be: they are keywords, and cost nothing
};

class Options {
 public:
  using Given = std::map<std::string, std::string>;

  explicit Options(std::vector<OptionDesc> all) : all_(std::move(all)) {}

  console::Completion complete(CommandRow::Words words) const;
  // Of words that were completed.
  Given read(CommandRow::Words words) const;

 private:
  const OptionDesc* find(std::string_view word) const;

  std::vector<OptionDesc> all_;
};

}  // namespace junctor::cli
