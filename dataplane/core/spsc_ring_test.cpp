// SPDX-License-Identifier: MIT
#include "dataplane/core/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>

namespace junctor::dp {
namespace {

TEST(SpscRing, KeepsOrderAndSaysWhenItIsFull) {
  SpscRing<int> ring(3);  // rounded up to 4
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
  EXPECT_FALSE(ring.push(4));
  int value = -1;
  EXPECT_TRUE(ring.pop(value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(ring.push(4));
  std::array<int, 8> rest{};
  EXPECT_EQ(ring.pop(std::span(rest)), 4u);
  EXPECT_EQ(rest[3], 4);
  EXPECT_TRUE(ring.empty());
  EXPECT_FALSE(ring.pop(value));
}

TEST(SpscRing, CarriesFromThreadToThread) {
  constexpr std::uint64_t kCount = 100'000;
  SpscRing<std::uint64_t> ring(64);
  std::thread producer([&ring] {
    for (std::uint64_t i = 0; i < kCount;)
      if (ring.push(i))
        ++i;
      else
        std::this_thread::yield();
  });
  std::uint64_t expected = 0;
  bool in_order = true;
  while (expected < kCount) {
    std::uint64_t value = 0;
    if (!ring.pop(value)) {
      std::this_thread::yield();
      continue;
    }
    in_order = in_order && value == expected;
    ++expected;
  }
  producer.join();
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace junctor::dp
