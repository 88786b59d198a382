// SPDX-License-Identifier: MIT
#include "platform/board/cores.hpp"

#include <gtest/gtest.h>

#include "platform/board/fake_host.hpp"

namespace junctor::board {
namespace {

using List = std::vector<std::uint32_t>;

TEST(CoresOf, ReadsTheKernelsLists) {
  struct Row {
    const char* text;
    List cores;
  };
  const Row rows[] = {{"0", {0}},        {"0-3", {0, 1, 2, 3}}, {"0-1,4,6-7", {0, 1, 4, 6, 7}},
                      {"", {}},          {"3-1", {}},           {"x", {}},
                      {"1,", {1}},       {"1 2", {}},           {"1-", {}},
                      {"0-99999999", {}}};
  for (const Row& row : rows) EXPECT_EQ(cores_of(row.text), row.cores) << row.text;
}

TEST(SplitCores, LeavesOneToTheRest) {
  struct Row {
    const char* sentence;
    List wanted_system, wanted_workers, online;
    List system, workers;
    bool separate;
    const char* note;
  };
  const char* const absent = "the board names cores that the machine has not: 6, 7";
  const Row rows[] = {
      {"one core does all", {}, {}, {0}, {0}, {0}, false, ""},
      {"of two the second works", {}, {}, {0, 1}, {0, 1}, {1}, false, ""},
      {"of more all but the first", {}, {}, {0, 1, 2, 3}, {0}, {1, 2, 3}, true, ""},
      {"as the board says", {0, 1}, {2}, {0, 1, 2, 3}, {0, 1}, {2}, true, ""},
      {"the rest is the system's", {}, {3, 2}, {0, 1, 2, 3}, {0, 1}, {2, 3}, true, ""},
      {"those that are there", {0}, {2, 6, 7}, {0, 1, 2}, {0}, {2}, true, absent},
      {"none of them is there", {}, {6, 7}, {0, 1, 2}, {0}, {1, 2}, true, absent},
      {"all of them are workers", {}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}, false, ""},
      {"of a board with two cores", {0}, {1}, {0, 1}, {0, 1}, {1}, false, ""},
  };
  for (const Row& row : rows) {
    v1::Cores wanted;
    wanted.mutable_system()->Assign(row.wanted_system.begin(), row.wanted_system.end());
    wanted.mutable_workers()->Assign(row.wanted_workers.begin(), row.wanted_workers.end());
    const CoreSplit split = split_cores(wanted, row.online);
    const List system(split.cores.system().begin(), split.cores.system().end());
    const List workers(split.cores.workers().begin(), split.cores.workers().end());
    EXPECT_EQ(system, row.system) << row.sentence;
    EXPECT_EQ(workers, row.workers) << row.sentence;
    EXPECT_EQ(split.cores.separate(), row.separate) << row.sentence;
    EXPECT_EQ(split.note, row.note) << row.sentence;
  }
}

TEST(KeepApart, TellsSystemdWhatIsNotTheDataplanes) {
  FakeHost host;
  EXPECT_TRUE(keep_apart(host, split_cores({}, {0, 1}).cores).ok());
  EXPECT_EQ(host.ran, std::vector<std::string>{});
  v1::Cores wanted;
  wanted.add_workers(3);
  EXPECT_TRUE(keep_apart(host, split_cores(wanted, {0, 1, 2, 3}).cores).ok());
  EXPECT_EQ(host.ran, (std::vector<std::string>{
                          "systemctl set-property --runtime system.slice AllowedCPUs=0,1,2",
                          "systemctl set-property --runtime user.slice AllowedCPUs=0,1,2",
                          "systemctl set-property --runtime init.scope AllowedCPUs=0,1,2"}));
}

}  // namespace
}  // namespace junctor::board
