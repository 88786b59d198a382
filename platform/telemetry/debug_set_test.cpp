// SPDX-License-Identifier: MIT
#include "platform/telemetry/debug_set.hpp"

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(DebugSet, EndsByItself) {
  DebugSet set;
  EXPECT_EQ(set.next_due(), std::nullopt);
  set.add({"sip", Seconds{10}, "ada"});
  set.add({"media", Seconds{5}, "otto"});
  EXPECT_EQ(set.next_due(), Seconds{5});
  EXPECT_EQ(set.last_due(), Seconds{10});
  EXPECT_FALSE(set.expire(Seconds{4}));
  EXPECT_TRUE(set.expire(Seconds{5}));
  ASSERT_EQ(set.list().size(), 1u);
  EXPECT_EQ(set.list()[0].category, "sip");
  EXPECT_TRUE(set.expire(Seconds{11}));
  EXPECT_TRUE(set.list().empty());
  EXPECT_FALSE(set.what().all);
  EXPECT_TRUE(set.what().categories.empty());
}

TEST(DebugSet, AskingAgainIsInPlaceOfBefore) {
  DebugSet set;
  set.add({"sip", Seconds{10}, "ada"});
  set.add({"sip", Seconds{3}, "otto"});
  ASSERT_EQ(set.list().size(), 1u);
  EXPECT_EQ(set.list()[0].user, "otto");
  EXPECT_TRUE(set.expire(Seconds{3}));
}

TEST(DebugSet, AllIsAllAndEndsAll) {
  DebugSet set;
  set.add({DebugSet::kAll, Seconds{10}, "ada"});
  set.add({"sip", Seconds{10}, "ada"});
  EXPECT_TRUE(set.what().all);
  set.remove("sip");
  EXPECT_TRUE(set.what().all);
  set.remove(DebugSet::kAll);
  EXPECT_TRUE(set.list().empty());
}

}  // namespace
}  // namespace junctor
