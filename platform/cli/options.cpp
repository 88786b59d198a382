// SPDX-License-Identifier: MIT
#include "platform/cli/options.hpp"

#include <algorithm>

namespace junctor::cli {

using console::Candidate;
using console::Completion;

const OptionDesc* Options::find(std::string_view word) const {
  const auto at = std::ranges::find(all_, word, &OptionDesc::word);
  return at == all_.end() ? nullptr : &*at;
}

Completion Options::complete(CommandRow::Words words) const {
  Completion out;
  std::vector<const OptionDesc*> given;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const OptionDesc* option = find(words[i]);
    if (option == nullptr) return {};
    given.push_back(option);
    if (option->value.empty()) continue;
    if (++i < words.size()) continue;
    if (option->is_only_these) {
      out.candidates = option->values();
    } else {
      out.candidates.push_back({std::string(option->value), std::string(option->help),
                                Candidate::Kind::Placeholder, option->values});
    }
    return out;
  }
  for (const OptionDesc& option : all_)
    if (std::ranges::find(given, &option) == given.end())
      out.candidates.push_back({std::string(option.word), std::string(option.help)});
  out.may_end = true;
  return out;
}

Options::Given Options::read(CommandRow::Words words) const {
  Given given;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const OptionDesc* option = find(words[i]);
    if (option == nullptr) continue;
    const bool has_value = !option->value.empty() && i + 1 < words.size();
    given[words[i]] = has_value ? words[i + 1] : "";
    if (has_value) ++i;
  }
  return given;
}

}  // namespace junctor::cli
