// SPDX-License-Identifier: MIT
// Trace: the always-on ring of SIP messages as they were on the wire, found again by the SIP
// Call-ID, or by their order.
//
//   oldest [ a1 | b1 | a2 | c1 | b2 | a3 ] newest        a1 --> a2 --> a3: the messages of one call
//
// A call that sends without end does not take the place of the others: of what is beyond its share
// of the ring only the summary stays, the newest messages whole.
//
// Threads   the control loop's.
// Lifetime  the oldest messages make place: the ring holds at most max_bytes of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controlplane/sip/stack.hpp"
#include "platform/base/clock.hpp"

namespace junctor::cp {

struct TraceEntry {
  std::uint64_t sequence = 0;  // grows by one for each message
  Nanoseconds wall{0};
  bool sent = false;
  SocketAddress local;
  Hop hop;
  std::string call_id;             // SIP Call-ID
  std::string summary;             // "INVITE sdp", "200 OK (INVITE) sdp"
  std::string text;                // as on the wire, cut at 64 KiB; "" beyond its call's share
  std::uint64_t next_of_call = 0;  // sequence of the next one of this Call-ID; 0: the last
};

class Trace {
 public:
  explicit Trace(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  void add(TraceEntry entry);
  // Hears of every message, as it is added.
  void set_listener(std::function<void(const TraceEntry& entry)> listener) {
    listener_ = std::move(listener);
  }
  // Messages of any of these Call-IDs, oldest first.
  std::vector<const TraceEntry*> find(std::span<const std::string> call_ids) const;
  const std::deque<TraceEntry>& entries() const { return entries_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t max_bytes() const { return max_bytes_; }
  // Of the newest message. The first is 2, so that what came after 1 is everything.
  std::uint64_t newest() const { return next_ - 1; }

 private:
  // Sequences of its messages in the ring.
  struct OfCall {
    std::uint64_t first = 0;
    std::uint64_t first_whole = 0;
    std::uint64_t last = 0;
    std::size_t bytes = 0;
  };
  TraceEntry& at(std::uint64_t sequence) { return entries_[sequence - entries_.front().sequence]; }
  const TraceEntry& at(std::uint64_t sequence) const {
    return entries_[sequence - entries_.front().sequence];
  }
  void cut_to_share(OfCall& of_call);
  void drop_oldest();

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 2;
  std::deque<TraceEntry> entries_;
  std::function<void(const TraceEntry& entry)> listener_;
  std::unordered_map<std::string, OfCall> calls_;
};

}  // namespace junctor::cp
