// SPDX-License-Identifier: MIT
#include "dataplane/core/back_off.hpp"

#include <gtest/gtest.h>

namespace junctor::dp {
namespace {

using Kind = BackOff::Kind;

TEST(BackOff, NapsLongerTheQuieterItIs) {
  constexpr std::uint64_t kUs = 1'000, kMs = 1'000'000;
  enum Before { Load, Some, Little };
  struct Row {
    const char* sentence;
    Before before;
    std::uint64_t idle_ns;
    Kind kind;
    std::uint32_t nap_ns;
  };
  const Row rows[] = {
      {"under load, right after a packet", Load, 1 * kUs, Kind::Spin, 0},
      {"under load, between two bursts", Load, 30 * kUs, Kind::Pause, 0},
      {"under load, while a sender was held up", Load, 900 * kUs, Kind::Pause, 0},
      {"load that has just ended", Load, 1'100 * kUs, Kind::Nap, 250'000},
      {"some hundred calls", Some, 1 * kUs, Kind::Nap, 100'000},
      {"a pause of theirs", Some, 1'100 * kUs, Kind::Nap, 250'000},
      {"few calls, right after a packet", Little, 1 * kUs, Kind::Nap, 250'000},
      {"between two packets of a call", Little, 5 * kMs, Kind::Nap, 250'000},
      {"at night", Little, 10'000 * kMs, Kind::Nap, 500'000},
  };
  for (const Row& row : rows) {
    BackOff back_off;
    std::uint64_t now = 1'000'000'000;
    const std::uint32_t rounds = row.before == Load ? BackOff::kLoadRounds : 1;
    const std::uint32_t packets = row.before == Some ? BackOff::kSomePackets : 1;
    for (std::uint32_t i = 0; i < rounds; ++i) {
      EXPECT_EQ(back_off.next(packets, now).kind, Kind::Spin) << row.sentence;
    }
    now += BackOff::kWindowNs;
    EXPECT_EQ(back_off.next(1, now).kind, Kind::Spin) << row.sentence;
    const auto step = back_off.next(0, now + row.idle_ns);
    EXPECT_EQ(step.kind, row.kind) << row.sentence;
    EXPECT_EQ(step.nap_ns, row.nap_ns) << row.sentence;
  }
}

}  // namespace
}  // namespace junctor::dp
