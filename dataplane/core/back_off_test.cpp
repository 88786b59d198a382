// SPDX-License-Identifier: MIT
#include "dataplane/core/back_off.hpp"

#include <gtest/gtest.h>

namespace junctor::dp {
namespace {

using Kind = BackOff::Kind;

TEST(BackOff, NapsLongerTheQuieterItIs) {
  constexpr std::uint64_t kUs = 1'000, kMs = 1'000'000;
  struct Row {
    const char* sentence;
    std::uint64_t idle_ns;
    Kind kind;
    std::uint32_t nap_ns;
  };
  const Row rows[] = {
      {"right after a packet", 1 * kUs, Kind::Spin, 0},
      {"between two bursts", 30 * kUs, Kind::Pause, 0},
      {"between two packets of a call", 5 * kMs, Kind::Nap, 50'000},
      {"between two calls", 50 * kMs, Kind::Nap, 250'000},
      {"at night", 10'000 * kMs, Kind::Nap, 500'000},
  };
  BackOff back_off;
  for (const Row& row : rows) {
    const std::uint64_t start = 1'000'000'000;
    EXPECT_EQ(back_off.next(true, start).kind, Kind::Spin) << row.sentence;
    const auto step = back_off.next(false, start + row.idle_ns);
    EXPECT_EQ(step.kind, row.kind) << row.sentence;
    EXPECT_EQ(step.nap_ns, row.nap_ns) << row.sentence;
  }
}

}  // namespace
}  // namespace junctor::dp
