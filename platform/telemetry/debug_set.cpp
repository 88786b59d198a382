// SPDX-License-Identifier: MIT
#include "platform/telemetry/debug_set.hpp"

#include <algorithm>

namespace junctor {

void DebugSet::remove(const std::string& category) {
  if (category == kAll) {
    ones_.clear();
  } else {
    ones_.erase(category);
  }
}

bool DebugSet::expire(Nanoseconds now) {
  return std::erase_if(ones_, [now](const auto& one) { return one.second.until <= now; }) > 0;
}

std::optional<Nanoseconds> DebugSet::next_due() const {
  std::optional<Nanoseconds> due;
  for (const auto& [category, one] : ones_) due = std::min(due.value_or(one.until), one.until);
  return due;
}

std::optional<Nanoseconds> DebugSet::last_due() const {
  std::optional<Nanoseconds> due;
  for (const auto& [category, one] : ones_) due = std::max(due.value_or(one.until), one.until);
  return due;
}

std::vector<DebugSet::One> DebugSet::list() const {
  std::vector<One> all;
  for (const auto& [category, one] : ones_) all.push_back(one);
  return all;
}

LogDebug DebugSet::what() const {
  LogDebug debug;
  for (const auto& [category, one] : ones_) {
    if (category == kAll) debug.all = true;
    debug.categories.insert(category);
  }
  return debug;
}

}  // namespace junctor
