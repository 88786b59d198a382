// SPDX-License-Identifier: MIT
// Token buckets: one, and a fixed table of one a source.
//
// Threads   plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace junctor::dp {

// Lets `per_second` pass in the long run, and as many as come in a fifth of a second (at least 4)
// at once.
class TokenBucket {
 public:
  bool take(std::uint32_t per_second, std::uint64_t now_ns) {
    if (!refill(per_second, now_ns)) return false;
    tokens_ns_ -= cost(per_second);
    return true;
  }
  // As full as it can be: nothing of its past matters any more.
  bool is_full(std::uint32_t per_second, std::uint64_t now_ns) const {
    return now_ns - last_ns_ >= limit(per_second);
  }

 private:
  static std::uint64_t cost(std::uint32_t per_second) { return 1'000'000'000u / per_second; }
  static std::uint64_t limit(std::uint32_t per_second) {
    const std::uint64_t four = 4 * cost(per_second);
    return four > 200'000'000 ? four : 200'000'000;
  }
  bool refill(std::uint32_t per_second, std::uint64_t now_ns) {
    if (per_second == 0) return false;
    const std::uint64_t filled = tokens_ns_ + (now_ns - last_ns_);
    tokens_ns_ = filled < limit(per_second) ? filled : limit(per_second);
    last_ns_ = now_ns;
    return tokens_ns_ >= cost(per_second);
  }

  std::uint64_t tokens_ns_ = 0;  // time saved up
  std::uint64_t last_ns_ = 0;
};

// A bucket a source, found by a hash of the source. When two busy sources meet they share the
// bucket.
class SourceBuckets {
 public:
  bool take(std::uint32_t source, std::uint32_t per_second, std::uint64_t now_ns) {
    Entry* ways = &entries_[source % (kEntries / 2) * 2];
    for (unsigned i = 0; i < 2; ++i)
      if (ways[i].source == source) return ways[i].bucket.take(per_second, now_ns);
    for (unsigned i = 0; i < 2; ++i) {
      if (!ways[i].bucket.is_full(per_second, now_ns)) continue;
      ways[i] = {source, {}};
      return ways[i].bucket.take(per_second, now_ns);
    }
    return ways[0].bucket.take(per_second, now_ns);
  }

 private:
  static constexpr std::size_t kEntries = 8192;
  struct Entry {
    std::uint32_t source = 0;
    TokenBucket bucket;
  };
  std::array<Entry, kEntries> entries_{};
};

}  // namespace junctor::dp
