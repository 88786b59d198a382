// SPDX-License-Identifier: MIT
#include "platform/cli/arguments.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "platform/console/once.hpp"

namespace junctor::cli {
namespace {

constexpr std::array<std::string_view, 3> kWordOptions{"last", "full", "nonzero"};

// The word that an option stands for, with what is attached to it: "--last=3" is "last" and "3".
struct Option {
  std::string_view word;
  std::optional<std::string_view> value;
};
std::optional<Option> option_of(std::string_view argument) {
  if (!argument.starts_with("--")) return std::nullopt;
  argument.remove_prefix(2);
  const std::size_t equals = argument.find('=');
  Option option{argument.substr(0, equals), {}};
  if (equals != std::string_view::npos) option.value = argument.substr(equals + 1);
  return option;
}

class Reader {
 public:
  explicit Reader(std::span<const std::string_view> arguments) : left_(arguments) {}

  Result<Arguments> run() {
    while (!left_.empty()) {
      const std::string_view argument = left_.front();
      left_ = left_.subspan(1);
      if (const auto taken = take(argument); !taken) return taken.error();
    }
    if (read_.kind == Arguments::Kind::Converse && (!words_.empty() || is_json_)) finish_line();
    return std::move(read_);
  }

 private:
  Result<void> take(std::string_view argument) {
    const auto option = option_of(argument);
    // Behind a pipe a word is a pattern as it stands.
    const bool is_in_pipe = std::ranges::find(words_, "|") != words_.end();
    if (argument == "-c" && words_.empty() && left_.size() == 1) {
      read_.kind = Arguments::Kind::Line;
      read_.line = left_.front();
      left_ = {};
    } else if (argument == "-h" || argument == "--help") {
      read_.kind = Arguments::Kind::Help;
      left_ = {};
    } else if (argument == "--login" && words_.empty() && left_.empty()) {
      read_.kind = Arguments::Kind::Login;
    } else if (option && option->word == "run-dir" && !is_in_pipe) {
      return take_folder(*option, read_.run_dir);
    } else if (option && option->word == "export-dir" && !is_in_pipe) {
      return take_folder(*option, read_.export_dir);
    } else if (argument == "--json" && !is_in_pipe) {
      is_json_ = true;
    } else if (option && !is_in_pipe &&
               std::ranges::find(kWordOptions, option->word) != kWordOptions.end()) {
      words_.push_back(option->word);
      if (option->value) words_.push_back(*option->value);
    } else if (argument.starts_with('-') && words_.empty()) {
      return Error{"", "there is no option " + std::string(argument.substr(0, 64))};
    } else {
      words_.push_back(argument);
    }
    return {};
  }

  Result<void> take_folder(const Option& option, std::string& folder) {
    std::optional<std::string_view> value = option.value;
    if (!value && !left_.empty()) {
      value = left_.front();
      left_ = left_.subspan(1);
    }
    if (!value || value->empty())
      return Error{"", "--" + std::string(option.word) + " needs a value"};
    folder = *value;
    return {};
  }

  void finish_line() {
    if (is_json_) {
      // How a command answers stands before all filters.
      const auto pipe = std::ranges::find(words_, "|");
      words_.insert(pipe, {"|", "json"});
    }
    read_.kind = Arguments::Kind::Line;
    read_.line = console::line_of(words_);
  }

  std::span<const std::string_view> left_;
  Arguments read_;
  std::vector<std::string_view> words_;
  bool is_json_ = false;
};

}  // namespace

Result<Arguments> read_arguments(std::span<const std::string_view> arguments) {
  return Reader(arguments).run();
}

}  // namespace junctor::cli
