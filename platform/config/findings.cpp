// SPDX-License-Identifier: MIT
#include "platform/config/findings.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "platform/telemetry/escape.hpp"

namespace junctor::config {
namespace {

constexpr std::size_t kLongestQuote = 64;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::string Findings::element(const std::string& list, int index) const {
  const auto at = elements_.find(list);
  return at_index(list,
                  at == elements_.end() ? index : at->second[static_cast<std::size_t>(index)]);
}

std::string Findings::line_note(const std::string& path) const {
  const int line = line_of(path);
  return line == 0 ? "" : " (line " + std::to_string(line) + ")";
}

int Findings::line_of(std::string path) const {
  while (!path.empty()) {
    if (const auto at = lines_.find(path); at != lines_.end()) return at->second;
    const std::size_t cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
  return 0;
}

void Findings::add_at(const std::string& path, int line, const std::string& reason) {
  if (findings_.size() < kMax) {
    findings_.push_back({path, line, reason});
  } else {
    ++left_out_;
  }
}

std::vector<Finding> Findings::take() {
  std::ranges::stable_sort(findings_, {}, &Finding::line);
  if (left_out_ > 0)
    findings_.push_back({"", 0, "and " + std::to_string(left_out_) + " more mistakes"});
  return std::exchange(findings_, {});
}

std::string join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string at_index(const std::string& path, int index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string quote(std::string_view text) {
  if (text.size() <= kLongestQuote) return "\"" + escape(text) + "\"";
  return "\"" + escape(text.substr(0, kLongestQuote)) + "...\"";
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  if (text.size() > kLongestQuote) return "";
  const std::string* best = nullptr;
  std::size_t best_distance = text.size() / 3 + 2;  // as many mistakes as are credible, and one
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best_distance = distance;
    best = &candidate;
  }
  return best == nullptr ? "" : "; did you mean " + quote(*best) + "?";
}

}  // namespace junctor::config
