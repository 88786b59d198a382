// SPDX-License-Identifier: MIT
// Trace: the always-on ring of SIP messages as they were on the wire, found again by the SIP
// Call-ID.
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
  std::string call_id;  // SIP Call-ID
  std::string summary;  // "INVITE sdp", "200 OK (INVITE) sdp"
  std::string text;     // as on the wire, cut at 64 KiB
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

 private:
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;
  std::deque<TraceEntry> entries_;
  std::function<void(const TraceEntry& entry)> listener_;
};

}  // namespace junctor::cp
