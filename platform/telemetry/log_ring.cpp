// SPDX-License-Identifier: MIT
#include "platform/telemetry/log_ring.hpp"

#include <algorithm>
#include <utility>

namespace junctor {
namespace {

std::size_t size_of(const LogRing::Entry& entry) {
  return sizeof entry + entry.program.size() + entry.line.category.size() + entry.line.text.size();
}

}  // namespace

void LogRing::add(std::string program, LogLine line) {
  const std::scoped_lock lock(mutex_);
  entries_.push_back({next_++, std::move(program), std::move(line)});
  bytes_ += size_of(entries_.back());
  while (entries_.size() > max_lines_ || (bytes_ > max_bytes_ && entries_.size() > 1)) {
    bytes_ -= size_of(entries_.front());
    entries_.pop_front();
  }
}

std::uint64_t LogRing::newest() const {
  const std::scoped_lock lock(mutex_);
  return next_ - 1;
}

void LogRing::visit_after(std::uint64_t sequence, const Visitor& visitor) const {
  const std::scoped_lock lock(mutex_);
  if (entries_.empty() || sequence >= entries_.back().sequence) return;
  const std::uint64_t first = std::max(sequence + 1, entries_.front().sequence);
  for (std::size_t i = first - entries_.front().sequence; i < entries_.size(); ++i)
    if (!visitor(entries_[i])) return;
}

void LogRing::visit_backwards(const Visitor& visitor) const {
  const std::scoped_lock lock(mutex_);
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
    if (!visitor(*entry)) return;
}

}  // namespace junctor
