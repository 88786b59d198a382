// SPDX-License-Identifier: MIT
#include "controlplane/routing/trunk_tally.hpp"

#include <algorithm>
#include <utility>

namespace junctor::cp {

std::uint32_t CallRate::count(Nanoseconds now) {
  while (!begun_.empty() && now - begun_.front() >= Seconds{1}) begun_.pop_front();
  return static_cast<std::uint32_t>(begun_.size());
}

bool CallRate::has_room(std::uint32_t most, Nanoseconds now) {
  return most == 0 || count(now) < most;
}

void CallRate::add(Nanoseconds now) {
  count(now);  // forgets what is too old
  begun_.push_back(now);
}

void CauseTable::add(std::uint16_t status, std::string_view reason, std::uint64_t now_unix_ms) {
  auto row = std::ranges::find_if(
      rows_, [&](const Row& r) { return r.status == status && r.reason == reason; });
  if (row == rows_.end() && rows_.size() < kMaxRows) {
    row = rows_.insert(rows_.end(), Row{status, std::string(reason), 0, 0});
  } else if (row == rows_.end()) {
    row = std::ranges::min_element(rows_, {},
                                   [](const Row& r) { return std::pair(r.count, r.last_unix_ms); });
    *row = Row{status, std::string(reason), 0, 0};
  }
  ++row->count;
  row->last_unix_ms = now_unix_ms;
}

std::vector<CauseTable::Row> CauseTable::rows() const {
  std::vector<Row> out = rows_;
  std::ranges::stable_sort(out, std::ranges::greater{}, &Row::count);
  return out;
}

}  // namespace junctor::cp
