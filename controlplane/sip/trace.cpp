// SPDX-License-Identifier: MIT
#include "controlplane/sip/trace.hpp"

#include <algorithm>

namespace junctor::cp {
namespace {

constexpr std::size_t kMaxText = std::size_t{64} * 1024;

std::size_t size_of(const TraceEntry& entry) {
  return sizeof entry + entry.text.size() + entry.summary.size() + entry.call_id.size();
}

}  // namespace

void Trace::add(TraceEntry entry) {
  if (entry.text.size() > kMaxText) entry.text.resize(kMaxText);
  entry.sequence = next_++;
  if (listener_) listener_(entry);
  bytes_ += size_of(entry);
  entries_.push_back(std::move(entry));
  while (bytes_ > max_bytes_ && !entries_.empty()) {
    bytes_ -= size_of(entries_.front());
    entries_.pop_front();
  }
}

std::vector<const TraceEntry*> Trace::find(std::span<const std::string> call_ids) const {
  std::vector<const TraceEntry*> found;
  for (const TraceEntry& entry : entries_) {
    if (std::find(call_ids.begin(), call_ids.end(), entry.call_id) != call_ids.end()) {
      found.push_back(&entry);
    }
  }
  return found;
}

}  // namespace junctor::cp
