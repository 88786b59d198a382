// SPDX-License-Identifier: MIT
// Schedule: what is due when, for tens of thousands of legs, without ever looking at all of them.
//
// An entry is never taken out early: whoever is called back sees by the key (it names the version
// of what it stands for) that it is no longer meant.
//
// Threads   one.
#pragma once

#include <cstddef>
#include <queue>
#include <utility>
#include <vector>

#include "platform/base/clock.hpp"

namespace junctor::dp {

template <typename Key>
class Schedule {
 public:
  void add(Nanoseconds due, Key key) { heap_.push({due, key}); }

  // Calls fire(key) for what is due, earliest first, at most `budget` of them: a crowd that is due
  // at once is spread over the next calls. fire may add.
  template <typename Fire>
  std::size_t run(Nanoseconds now, std::size_t budget, Fire&& fire) {
    std::size_t fired = 0;
    while (fired < budget && !heap_.empty() && heap_.top().due <= now) {
      const Key key = heap_.top().key;
      heap_.pop();
      fire(key);
      ++fired;
    }
    return fired;
  }
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Nanoseconds due;
    Key key;
    bool operator<(const Entry& other) const { return due > other.due; }
  };
  std::priority_queue<Entry, std::vector<Entry>> heap_;
};

}  // namespace junctor::dp
