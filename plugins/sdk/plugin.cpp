// SPDX-License-Identifier: MIT
#include "plugins/sdk/plugin.hpp"

#include <algorithm>

namespace junctor::interop {
namespace {

constexpr std::size_t kMaxName = 32;
constexpr std::size_t kMaxEntries = 256;

bool is_snake_case(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxName && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), fits);
}

// The same two questions of counters and options: a good name that no other has, and a sentence.
template <typename Desc>
std::string fault_in(std::string_view kind, std::span<const Desc> list,
                     std::string_view Desc::*text) {
  if (list.size() > kMaxEntries) return "has too many " + std::string(kind) + "s";
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string name(list[i].name);
    if (!is_snake_case(name)) return std::string(kind) + " '" + name + "' is no snake_case name";
    if ((list[i].*text).empty())
      return std::string(kind) + " '" + name + "' says nothing about itself";
    for (std::size_t j = 0; j < i; ++j) {
      if (list[j].name == list[i].name) return std::string(kind) + " '" + name + "' is there twice";
    }
  }
  return {};
}

}  // namespace

std::string fault_of(const Descriptor& descriptor) {
  if (!is_snake_case(descriptor.name)) {
    return "its name '" + std::string(descriptor.name) + "' is no snake_case name";
  }
  if (descriptor.summary.empty()) return "it has no summary";
  if (descriptor.create == nullptr) return "it has no create function";
  std::string fault = fault_in("counter", descriptor.counters, &CounterDesc::sentence);
  return fault.empty() ? fault_in("option", descriptor.options, &OptionDesc::help) : fault;
}

}  // namespace junctor::interop
