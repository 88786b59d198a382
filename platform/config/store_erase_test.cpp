// SPDX-License-Identifier: MIT
// What held once is not to be found on the disk: neither in a file nor in what a file has given back.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "platform/config/store.hpp"
#include "platform/config/test_store.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;

// Whether any configuration lies in blocks that were given back.
bool is_any_freed(const TestDisk& disk) {
  return disk.freed().find("\"name\"") != std::string::npos;
}

struct Step {
  const char* sentence;
  bool (*act)(TestStore&);
  bool is_long = false;  // not killed at each of its operations
};

bool returns(TestStore& t) {
  t.clock.advance(10min);
  return t.store->return_if_due().ok();
}

const Step kSteps[] = {
    {"a commit", [](TestStore& t) { return t.commit("a").ok(); }},
    {"a commit that has to be confirmed", [](TestStore& t) { return t.commit("b", 10min).ok(); }},
    {"confirming it", [](TestStore& t) { return t.store->confirm("joe").ok(); }},
    {"one more", [](TestStore& t) { return t.commit("c", 10min).ok(); }},
    {"confirming it by another commit", [](TestStore& t) { return t.commit("d").ok(); }},
    {"one that returns", [](TestStore& t) { return t.commit("e", 10min).ok() && returns(t); }},
    {"a hundred commits",
     [](TestStore& t) {
       bool is_done = true;
       for (int i = 0; i < 100; ++i) is_done &= t.commit("f" + std::to_string(i)).ok();
       return is_done;
     },
     true},
    {"a commit that drops the oldest revision", [](TestStore& t) { return t.commit("g").ok(); }},
    {"running.json damaged twice, and kept aside",
     [](TestStore& t) {
       for (const char* name : {"{\"name\" 1", "{\"name\" 2"}) {
         (void)t.disk.write_whole("/gw/running.json", name);
         (void)t.disk.sync("/gw/running.json");
         if (!t.open().ok()) return false;
       }
       return t.file("running.json.refused") == "{\"name\" 2";
     }},
};

TEST(StoreErase, NothingIsGivenBackThatWasNotWrittenOver) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  for (const Step& step : kSteps) {
    SCOPED_TRACE(step.sentence);
    EXPECT_TRUE(step.act(t));
    EXPECT_FALSE(is_any_freed(t.disk));
  }
  const auto names = t.disk.list("/gw");
  for (const std::string& name : *names) EXPECT_FALSE(name.ends_with(".new")) << name;
}

TEST(StoreErase, NorWhenAProcessIsKilledAtAnyMoment) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  for (const Step& step : kSteps) {
    for (std::size_t cut = 0; !step.is_long; ++cut) {
      SCOPED_TRACE(std::string(step.sentence) + ", killed before operation " + std::to_string(cut));
      TestStore killed;
      killed.disk = t.disk;
      killed.clock = t.clock;
      ASSERT_TRUE(killed.open(std::nullopt).ok());
      const std::size_t begin = killed.disk.operations();
      killed.disk.cut_before(begin + cut);
      (void)step.act(killed);
      const bool is_through = killed.disk.operations() < begin + cut;
      killed.disk.cut_before(TestDisk::kNever);
      ASSERT_TRUE(killed.open().ok());
      EXPECT_FALSE(is_any_freed(killed.disk));
      if (is_through) break;
    }
    ASSERT_TRUE(step.act(t));
  }
}

TEST(StoreErase, WhatAFailureLeavesGoesWithTheNextCommit) {
  for (std::size_t operation = 0; operation < 20; ++operation) {
    SCOPED_TRACE(operation);
    TestStore t;
    ASSERT_TRUE(t.open().ok());
    ASSERT_TRUE(t.commit("second").ok());
    t.disk.fail(t.disk.operations() + operation, TestDisk::kNever);
    (void)t.commit("third");
    t.disk.mend();
    EXPECT_FALSE(is_any_freed(t.disk));
    ASSERT_TRUE(t.commit("fourth").ok());
    EXPECT_FALSE(is_any_freed(t.disk));
    EXPECT_EQ(t.name(), "fourth");
  }
}

// A pipe stands for a file that is slow to read: while it is open it is replaced and written over.
TEST(StoreErase, WhoReadsMeanwhileReadsWhatHoldsThen) {
  const ipc::TempDir temp;
  SystemDisk disk;
  const SystemClock clock;
  ASSERT_TRUE(Store::open(temp / "gw", disk, clock, config_named("second")).ok());
  ASSERT_TRUE(disk.rename(temp / "gw/running.json", temp / "second").ok());
  ASSERT_EQ(mkfifo((temp / "gw/running.json").c_str(), 0600), 0);
  std::thread store([&temp, &disk] {
    std::ofstream open(temp / "gw/running.json");  // waits for the reader
    EXPECT_TRUE(disk.rename(temp / "second", temp / "gw/running.json").ok());
    open << std::string(100, '\0');
  });
  const auto config = load_file(temp / "gw");
  store.join();
  ASSERT_TRUE(config.ok()) << config.error().text();
  EXPECT_EQ(config->system().name(), "second");
}

}  // namespace
}  // namespace junctor::config
