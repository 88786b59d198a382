// SPDX-License-Identifier: MIT
#include "controlplane/routing/peer_order.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace junctor::cp {
namespace {

struct PeerText {
  std::uint32_t priority, weight;
};

config::v1::Trunk trunk_of(const std::vector<PeerText>& peers) {
  config::v1::Trunk trunk;
  for (const PeerText& peer : peers) {
    trunk.add_peers()->set_priority(peer.priority);
    trunk.mutable_peers()->rbegin()->set_weight(peer.weight);
  }
  return trunk;
}

std::string text_of(const std::vector<std::size_t>& order) {
  std::string text;
  for (const std::size_t peer : order) text += static_cast<char>('a' + peer);
  return text;
}

TEST(PeerOrder, PriorityThenWhatIsDrawn) {
  struct Row {
    const char* sentence;
    std::vector<PeerText> peers;
    std::deque<std::uint32_t> draws, sums;  // what comes, and of how much
    std::string order;
  };
  const Row rows[] = {
      {"as they stand, nothing is drawn", {{0, 0}, {0, 0}, {0, 0}}, {}, {}, "abc"},
      {"the lowest priority first", {{2, 0}, {1, 0}, {2, 0}, {0, 5}}, {}, {}, "dbac"},
      {"the first of two", {{0, 70}, {0, 30}}, {70}, {100}, "ab"},
      {"the second of two", {{0, 70}, {0, 30}}, {71}, {100}, "ba"},
      {"three, one after another", {{0, 1}, {0, 2}, {0, 3}}, {6, 1}, {6, 3}, "cab"},
      {"without a weight after those with one",
       {{0, 0}, {0, 5}, {0, 0}},
       {
           1,
       },
       {5},
       "bac"},
      {"each priority by itself", {{1, 1}, {1, 1}, {0, 3}, {0, 1}}, {4, 2}, {4, 2}, "dcba"},
      {"none", {}, {}, {}, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    std::deque<std::uint32_t> draws = row.draws, sums;
    const auto order = order_of_peers(trunk_of(row.peers), [&](std::uint32_t highest) {
      sums.push_back(highest);
      EXPECT_FALSE(draws.empty());
      const std::uint32_t drawn = draws.empty() ? 1 : draws.front();
      if (!draws.empty()) draws.pop_front();
      return drawn;
    });
    EXPECT_EQ(text_of(order), row.order);
    EXPECT_EQ(sums, row.sums);
  }
}

TEST(PeerOrder, SharesAreWhatTheWeightsSay) {
  std::mt19937 random(1);
  std::map<std::string, int> first;
  for (int i = 0; i < 10'000; ++i) {
    const auto order =
        order_of_peers(trunk_of({{0, 1}, {0, 2}, {0, 7}, {0, 0}}), [&](std::uint32_t highest) {
          return std::uniform_int_distribution<std::uint32_t>(1, highest)(random);
        });
    ASSERT_EQ(order.size(), 4u);
    ++first[text_of(order).substr(0, 1)];
  }
  EXPECT_NEAR(first["a"], 1000, 150);
  EXPECT_NEAR(first["b"], 2000, 200);
  EXPECT_NEAR(first["c"], 7000, 200);
  EXPECT_EQ(first["d"], 0);
}

TEST(PeerOrder, DrawsAreWithinTheirBounds) {
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t drawn = draw_at_random(3);
    EXPECT_TRUE(drawn >= 1 && drawn <= 3) << drawn;
  }
}

}  // namespace
}  // namespace junctor::cp
