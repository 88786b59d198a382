// SPDX-License-Identifier: MIT
// Findings: gathers the mistakes of one configuration, and knows on which line each path stands.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/config/config.hpp"

namespace junctor::config {

class Findings {
 public:
  static constexpr std::size_t kMax =
      200;  // a text that is no configuration at all need not be listed whole

  // Where a value stands in the text.
  void note_line(const std::string& path, int line) { lines_.emplace(path, line); }
  bool is_given(const std::string& path) const { return lines_.contains(path); }
  // An element that cannot be read is left out of the message; those after it keep the number that
  // they have in the text.
  void note_element(const std::string& list, int index_in_text) {
    elements_[list].push_back(index_in_text);
  }
  std::string element(const std::string& list, int index) const;
  // Of the path, or of the nearest thing around it that stands in the text.
  int line_of(std::string path) const;
  // " (line 12)"; "" of a configuration that is no text.
  std::string line_note(const std::string& path) const;

  void add(const std::string& path, const std::string& reason) {
    add_at(path, line_of(path), reason);
  }
  void add_at(const std::string& path, int line, const std::string& reason);

  // In the order of the text.
  std::vector<Finding> take();

 private:
  std::unordered_map<std::string, int> lines_;
  std::unordered_map<std::string, std::vector<int>> elements_;
  std::vector<Finding> findings_;
  std::size_t left_out_ = 0;
};

std::string join(const std::string& path,
                 std::string_view name);  // "trunks[0]", "name" -> "trunks[0].name"
std::string at_index(const std::string& path, int index);  // "trunks", 0 -> "trunks[0]"
std::string quote(std::string_view text);                  // for a reason: escaped, shortened

// The candidate most like the text, if one is near enough to be meant: "; did you mean \"port\"?",
// or "".
std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace junctor::config
