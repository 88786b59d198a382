// SPDX-License-Identifier: MIT
#include "controlplane/sip/trace.hpp"

#include <algorithm>

namespace junctor::cp {
namespace {

constexpr std::size_t kMaxText = std::size_t{64} * 1024;
// A call's share of the ring.
constexpr std::size_t kShare = 8;

std::size_t size_of(const TraceEntry& entry) {
  return sizeof entry + entry.text.size() + entry.summary.size() + entry.call_id.size();
}

}  // namespace

void Trace::add(TraceEntry entry) {
  if (entry.text.size() > kMaxText) entry.text.resize(kMaxText);
  entry.sequence = next_++;
  if (listener_) listener_(entry);
  entry.next_of_call = 0;
  const std::uint64_t sequence = entry.sequence;
  const std::size_t size = size_of(entry);
  const auto [known, is_first] = calls_.try_emplace(entry.call_id);
  OfCall& of_call = known->second;
  if (is_first) {
    of_call.first = of_call.first_whole = sequence;
  } else {
    at(of_call.last).next_of_call = sequence;
  }
  of_call.last = sequence;
  of_call.bytes += size;
  bytes_ += size;
  entries_.push_back(std::move(entry));
  cut_to_share(of_call);
  while (bytes_ > max_bytes_ && !entries_.empty()) drop_oldest();
}

void Trace::cut_to_share(OfCall& of_call) {
  while (of_call.bytes > max_bytes_ / kShare && of_call.first_whole != of_call.last) {
    TraceEntry& oldest = at(of_call.first_whole);
    of_call.bytes -= oldest.text.size();
    bytes_ -= oldest.text.size();
    std::string().swap(oldest.text);
    of_call.first_whole = oldest.next_of_call;
  }
}

void Trace::drop_oldest() {
  const TraceEntry& oldest = entries_.front();
  const auto known = calls_.find(oldest.call_id);
  OfCall& of_call = known->second;
  of_call.bytes -= size_of(oldest);
  bytes_ -= size_of(oldest);
  if (of_call.last == oldest.sequence) {
    calls_.erase(known);
  } else {
    of_call.first = oldest.next_of_call;
    if (of_call.first_whole == oldest.sequence) of_call.first_whole = oldest.next_of_call;
  }
  entries_.pop_front();
}

std::vector<const TraceEntry*> Trace::find(std::span<const std::string> call_ids) const {
  std::vector<const TraceEntry*> found;
  for (std::size_t i = 0; i < call_ids.size(); ++i) {
    const bool is_again =
        std::find(call_ids.begin(), call_ids.begin() + static_cast<std::ptrdiff_t>(i),
                  call_ids[i]) != call_ids.begin() + static_cast<std::ptrdiff_t>(i);
    const auto known = calls_.find(call_ids[i]);
    if (is_again || known == calls_.end()) continue;
    for (std::uint64_t next = known->second.first; next != 0; next = at(next).next_of_call)
      found.push_back(&at(next));
  }
  std::ranges::sort(found, {}, [](const TraceEntry* entry) { return entry->sequence; });
  return found;
}

}  // namespace junctor::cp
