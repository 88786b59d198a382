// SPDX-License-Identifier: MIT
#include "platform/telemetry/log_ring.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace junctor {
namespace {

LogLine line(const std::string& text) { return {Seconds{1}, LogLevel::Info, "test", text}; }

std::vector<std::string> after(const LogRing& ring, std::uint64_t sequence,
                               std::size_t most = 100) {
  std::vector<std::string> out;
  ring.visit_after(sequence, [&](const LogRing::Entry& entry) {
    out.push_back(entry.line.text);
    return out.size() < most;
  });
  return out;
}

using Texts = std::vector<std::string>;

TEST(LogRing, KeepsSoManyLines) {
  LogRing ring(3, 1 << 20);
  EXPECT_EQ(ring.newest(), 1u);
  EXPECT_EQ(after(ring, 0), Texts{});
  for (const char* text : {"a", "b", "c", "d"}) ring.add("p", line(text));
  EXPECT_EQ(ring.newest(), 5u);
  EXPECT_EQ(after(ring, 0), (Texts{"b", "c", "d"}));
  EXPECT_EQ(after(ring, 4), Texts{"d"});
  EXPECT_EQ(after(ring, 5), Texts{});
  EXPECT_EQ(after(ring, ~std::uint64_t{0}), Texts{});
  EXPECT_EQ(after(ring, 1, 2), (Texts{"b", "c"})) << "until there is enough";
}

TEST(LogRing, KeepsSoManyOctets) {
  LogRing ring(1000, 10'000);
  for (int i = 0; i < 100; ++i) ring.add("p", line(std::string(1000, 'x')));
  EXPECT_LT(after(ring, 0).size(), 10u);
  EXPECT_GT(after(ring, 0).size(), 5u);
  ring.add("p", line(std::string(100'000, 'x')));
  EXPECT_EQ(after(ring, 0).size(), 1u) << "the newest stays, however long";
}

TEST(LogRing, GoesBackwards) {
  LogRing ring(10, 1 << 20);
  for (const char* text : {"a", "b", "c"}) ring.add("p", line(text));
  Texts out;
  ring.visit_backwards([&](const LogRing::Entry& entry) {
    out.push_back(entry.line.text);
    return out.size() < 2;
  });
  EXPECT_EQ(out, (Texts{"c", "b"}));
}

TEST(LogRing, TakesLinesOfManyThreads) {
  LogRing ring(100'000, 100 << 20);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&ring] {
      for (int n = 0; n < 1000; ++n) ring.add("p", line("x"));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ring.newest(), 4001u);
  EXPECT_EQ(after(ring, 0, 5000).size(), 4000u);
}

}  // namespace
}  // namespace junctor
