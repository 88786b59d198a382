// SPDX-License-Identifier: MIT
#include "dataplane/io/cpu.hpp"

#include <gtest/gtest.h>

namespace junctor::dp {
namespace {

using Cores = std::vector<unsigned>;

TEST(PlanCores, KeepsOthersOffTheWorkers) {
  struct Row {
    const char* sentence;
    Cores asked, allowed, workers, others;
  };
  const Row rows[] = {
      {"the highest core by itself", {}, {0, 1, 2, 3}, {3}, {0, 1, 2}},
      {"as asked", {2, 1}, {0, 1, 2, 3}, {1, 2}, {0, 3}},
      {"one core does all", {}, {5}, {5}, {5}},
      {"all cores asked for: the rest runs on all of them", {0, 1}, {0, 1}, {0, 1}, {0, 1}},
  };
  for (const Row& row : rows) {
    const auto plan = plan_cores(row.asked, row.allowed);
    ASSERT_TRUE(plan.ok()) << row.sentence;
    EXPECT_EQ(plan->workers, row.workers) << row.sentence;
    EXPECT_EQ(plan->others, row.others) << row.sentence;
  }
}

TEST(PlanCores, RefusesWhatIsNotThere) {
  EXPECT_EQ(plan_cores({1, 7}, {0, 1}).error().text(),
            "dataplane.worker_cores[1]: core 7 is not there or not ours to use");
  EXPECT_EQ(plan_cores({1, 1}, {0, 1}).error().text(),
            "dataplane.worker_cores: a core is named twice");
}

TEST(AllowedCores, HasOneAtLeast) { EXPECT_FALSE(allowed_cores().empty()); }

}  // namespace
}  // namespace junctor::dp
