// SPDX-License-Identifier: MIT
#include "controlplane/routing/trunk_tally.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace junctor::cp {
namespace {

TEST(CallRate, KeepsToSoManyInAnySecond) {
  struct Row {
    const char* sentence;
    std::int64_t at_ms;
    bool has_room;
  };
  const Row rows[] = {
      {"the first", 0, true},
      {"the second", 600, true},
      {"a third in the same second is one too many", 900, false},
      {"a second after the first there is room again", 1000, true},
      {"but not for two", 1100, false},
      {"as the second is not gone before its time", 1599, false},
      {"and then is", 1600, true},
  };
  CallRate rate;
  for (const Row& row : rows) {
    const Nanoseconds now = Milliseconds{row.at_ms};
    EXPECT_EQ(rate.has_room(2, now), row.has_room) << row.sentence;
    EXPECT_TRUE(rate.has_room(0, now)) << "0 is no limit";
    if (row.has_room) rate.add(now);
  }
  EXPECT_EQ(rate.count(Milliseconds{1600}), 2u);
  EXPECT_EQ(rate.count(Milliseconds{5000}), 0u);
}

TEST(CauseTable, TheMostFrequentFirst) {
  CauseTable causes;
  causes.add(404, "404 Not Found", 1);
  for (const std::uint64_t at : {2u, 3u, 5u}) causes.add(486, "486 Busy Here", at);
  causes.add(408, "408 no response", 4);
  causes.add(408, "408 no response", 7);
  const auto rows = causes.rows();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].reason, "486 Busy Here");
  EXPECT_EQ(rows[0].count, 3u);
  EXPECT_EQ(rows[0].last_unix_ms, 5u);
  EXPECT_EQ(rows[1].reason, "408 no response");
  EXPECT_EQ(rows[2].status, 404);
}

TEST(CauseTable, ManyReasonsDisplaceTheRarestAlone) {
  CauseTable causes;
  for (int i = 0; i < 5; ++i) causes.add(486, "486 Busy Here", 1);
  for (std::uint16_t status = 300; status < 700; ++status)
    causes.add(status, "reason " + std::to_string(status), status);
  const auto rows = causes.rows();
  EXPECT_EQ(rows.size(), CauseTable::kMaxRows);
  EXPECT_EQ(rows[0].reason, "486 Busy Here");
  EXPECT_EQ(rows[0].count, 5u);
  const auto last = std::ranges::find(rows, "reason 699", &CauseTable::Row::reason);
  EXPECT_NE(last, rows.end()) << "the newest is there";
}

}  // namespace
}  // namespace junctor::cp
