// SPDX-License-Identifier: MIT
#include "platform/board/cores.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace junctor::board {
namespace {

using Cores = std::vector<std::uint32_t>;

// More than Linux has (NR_CPUS of any distribution).
constexpr std::uint32_t kMaxCore = 8191;

// Below this number nothing is left for the rest of the machine.
constexpr std::size_t kFewCores = 2;

// "3" at the begin of the text, which is shortened by it.
bool take_number(std::string_view& text, std::uint32_t& value) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > kMaxCore) return false;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  return true;
}

Cores minus(const Cores& a, const Cores& b) {
  Cores out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

template <typename List>
Cores sorted(const List& list) {
  Cores out(list.begin(), list.end());
  std::sort(out.begin(), out.end());
  return out;
}

// Those that are there; the others are named in the note.
Cores present(const Cores& wanted, const Cores& online, std::string& note) {
  const Cores absent = minus(wanted, online);
  for (const std::uint32_t core : absent)
    note += (note.empty() ? "the board names cores that the machine has not: " : ", ") +
            std::to_string(core);
  return minus(wanted, absent);
}

std::string text_of(const google::protobuf::RepeatedField<std::uint32_t>& cores) {
  std::string text;
  for (const std::uint32_t core : cores) text += (text.empty() ? "" : ",") + std::to_string(core);
  return text;
}

}  // namespace

Cores cores_of(std::string_view list) {
  Cores cores;
  while (!list.empty()) {
    std::uint32_t first = 0;
    if (!take_number(list, first)) return {};
    std::uint32_t last = first;
    if (list.starts_with('-')) {
      list.remove_prefix(1);
      if (!take_number(list, last) || last < first) return {};
    }
    for (std::uint32_t core = first; core <= last; ++core) cores.push_back(core);
    if (list.starts_with(',')) {
      list.remove_prefix(1);
    } else if (!list.empty()) {
      return {};
    }
  }
  return cores;
}

CoreSplit split_cores(const v1::Cores& wanted, const Cores& online) {
  CoreSplit split;
  Cores workers = present(sorted(wanted.workers()), online, split.note);
  Cores system = present(sorted(wanted.system()), online, split.note);
  if (workers.empty()) {
    const auto first = online.size() > kFewCores ? online.begin() + 1 : online.end() - 1;
    workers.assign(first, online.end());
    system.clear();
  }
  if (system.empty()) system = minus(online, workers);
  split.cores.set_separate(online.size() > kFewCores && !system.empty());
  if (!split.cores.separate()) system = online;
  split.cores.mutable_system()->Assign(system.begin(), system.end());
  split.cores.mutable_workers()->Assign(workers.begin(), workers.end());
  return split;
}

Result<void> keep_apart(Host& host, const v1::MachineCores& cores) {
  if (!cores.separate()) return {};
  const std::string allowed = "AllowedCPUs=" + text_of(cores.system());
  for (const char* unit : {"system.slice", "user.slice", "init.scope"})
    if (auto done = host.run({"systemctl", "set-property", "--runtime", unit, allowed}); !done)
      return done;
  return {};
}

}  // namespace junctor::board
