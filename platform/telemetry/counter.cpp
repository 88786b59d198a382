// SPDX-License-Identifier: MIT
#include "platform/telemetry/counter.hpp"

#include <unordered_map>

#include "platform/base/assert.hpp"

namespace junctor {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Info:
      return "info";
    case Severity::Warning:
      return "warning";
    case Severity::Error:
      return "error";
  }
  return "error";
}

void CounterRegistry::add(std::string prefix, std::span<const CounterDesc> descriptions,
                          std::span<const Counter> values) {
  JUNCTOR_ASSERT(descriptions.size() == values.size());
  sets_.push_back(Set{std::move(prefix), descriptions, values});
}

void CounterRegistry::remove(std::span<const Counter> values) {
  std::erase_if(sets_, [&](const Set& set) { return set.values.data() == values.data(); });
}

std::vector<CounterRegistry::Row> CounterRegistry::rows() const {
  std::vector<Row> rows;
  std::unordered_map<std::string, std::size_t> place;
  for (const Set& set : sets_) {
    for (std::size_t i = 0; i < set.values.size(); ++i) {
      std::string name = set.prefix + "." + std::string(set.descriptions[i].name);
      const auto [at, is_new] = place.try_emplace(std::move(name), rows.size());
      if (is_new) rows.push_back(Row{at->first, 0, &set.descriptions[i]});
      rows[at->second].value += set.values[i].value();
    }
  }
  return rows;
}

}  // namespace junctor
