// SPDX-License-Identifier: MIT
// DesiredState: every session as it should be, and what of it the dataplane has not been told.
//
//   apply, remove --> [ sessions | changes ] --> take_changes(), in pieces of bounded size
//                                            --> begin_sync() ... take_sync()
//
// Sessions are kept serialized: some hundred octets each, where the parsed message takes several
// times as much, and 10,000 of them are kept.
//
// Threads   a plain value of the control loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "media/v1/media.pb.h"

namespace junctor::cp {

class DesiredState {
 public:
  // Generations count up from here; they must be above those of any process before.
  explicit DesiredState(std::uint64_t first_generation) : next_generation_(first_generation) {}

  void apply(media::v1::Session session);
  void remove(const std::string& session_id);
  bool contains(const std::string& session_id) const { return sessions_.contains(session_id); }
  std::size_t size() const { return sessions_.size(); }
  // The dataplane has this generation installed, and ours may be older (the clock was set back):
  // then the session is to be sent again with a newer one. False if ours is what it has.
  bool raise_above(const std::string& session_id, std::uint64_t generation);

  // The next requests, Apply or Remove, in the order in which things were said.
  bool has_changes() const { return !changes_.empty(); }
  media::v1::Request take_changes();

  // The whole set, in pieces; the last one has last = true. What was changed meanwhile, and was
  // not in a piece, stays among the changes.
  void begin_sync();
  bool is_syncing() const { return is_syncing_; }
  media::v1::Request take_sync();

 private:
  struct Entry {
    std::string bytes;  // serialized Session
    std::uint64_t generation = 0;
    std::uint64_t change = 0;  // the number of its place among the changes; 0: it is not there
  };
  struct Change {
    std::string id;
    std::uint64_t number = 0;  // 0: a removal
  };

  std::unordered_map<std::string, Entry> sessions_;
  std::deque<Change> changes_;
  std::vector<std::string> to_sync_;
  std::uint64_t next_generation_;
  std::uint64_t next_change_ = 1;
  bool is_syncing_ = false;
};

}  // namespace junctor::cp
