// SPDX-License-Identifier: MIT
// The power is cut before each operation on the disk, and every disk that may be found afterwards is
// opened: it must hold the old revision or the new one, whole, and a confirmed commit its deadline.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "platform/config/store.hpp"
#include "platform/config/store_files.hpp"
#include "platform/config/test_store.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;

constexpr Seconds kWindow = 10min;

struct Outcome {
  std::uint32_t number;
  const char* name;
  bool is_pending;
};

struct Scenario {
  const char* sentence;
  void (*before)(TestStore&);
  bool (*act)(TestStore&);        // whether it succeeded
  std::vector<Outcome> outcomes;  // the last one is what holds after success
};

void open(TestStore& t) { ASSERT_TRUE(t.open().ok()); }
void open_pending(TestStore& t) {
  open(t);
  ASSERT_TRUE(t.commit("second", kWindow).ok());
}
void open_due(TestStore& t) {
  open_pending(t);
  t.clock.advance(kWindow);
}
bool returns(TestStore& t) {
  const auto back = t.store->return_if_due();
  return back.ok() && *back && !(*back)->not_kept;
}
// Commits "cut", and the power goes so many operations later; everything of it reaches the medium,
// or nothing that was not synced.
void cut_commit(TestStore& t, std::size_t operations, bool is_all_kept) {
  t.disk.cut_before(t.disk.operations() + operations);
  EXPECT_FALSE(t.commit("cut", kWindow).ok());
  t.disk = is_all_kept ? t.disk.survivors().back() : t.disk.least_survivor();
}

const Scenario kScenarios[] = {
    {"the first start",
     [](TestStore&) {},
     [](TestStore& t) { return t.open().ok(); },
     {{1, "first", false}}},
    {"a commit",
     open,
     [](TestStore& t) { return t.commit("second").ok(); },
     {{1, "first", false}, {2, "second", false}}},
    {"a commit that has to be confirmed",
     open,
     [](TestStore& t) { return t.commit("second", kWindow).ok(); },
     {{1, "first", false}, {2, "second", true}}},
    {"confirming it",
     open_pending,
     [](TestStore& t) { return t.store->confirm("joe").ok(); },
     {{2, "second", true}, {2, "second", false}}},
    {"confirming it by another commit",
     open_pending,
     [](TestStore& t) { return t.commit("third").ok(); },
     {{2, "second", true}, {3, "third", false}}},
    {"a return", open_due, returns, {{2, "second", true}, {3, "first", false}}},
    {"a return after a restart",
     open_due,
     [](TestStore& t) { return t.open().ok() && returns(t); },
     {{2, "second", true}, {3, "first", false}}},
    {"a start after an edit by hand",
     [](TestStore& t) {
       open(t);
       t.edit("running.json", "\"first\"", "\"mine\"");
     },
     [](TestStore& t) { return t.open().ok(); },
     {{2, "mine", false}}},
    {"a start after an edit by hand of a pending revision",
     [](TestStore& t) {
       open_pending(t);
       t.edit("running.json", "\"second\"", "\"mine\"");
     },
     [](TestStore& t) { return t.open().ok(); },
     {{3, "mine", false}}},
    {"a start after a commit that was cut before it held, of which all was kept",
     [](TestStore& t) {
       open(t);
       cut_commit(t, 8, true);
     },
     [](TestStore& t) { return t.open().ok(); },
     {{1, "first", false}}},
    {"a commit with the number of one that was cut, and its deadline still there",
     [](TestStore& t) {
       open(t);
       cut_commit(t, 9, false);
       EXPECT_NE(t.file("pending.json"), "none");
       open(t);
     },
     [](TestStore& t) { return t.commit("second").ok(); },
     {{1, "first", false}, {2, "second", false}}},
    {"a commit with the number of one that failed, and could not be tidied up",
     [](TestStore& t) {
       open(t);
       t.disk.fail(t.disk.operations() + 8, TestDisk::kNever);
       EXPECT_FALSE(t.commit("failed", kWindow).ok());
       EXPECT_NE(t.file("pending.json"), "none");
       t.disk.mend();
     },
     [](TestStore& t) { return t.commit("second").ok(); },
     {{1, "first", false}, {2, "second", false}}},
    {"a commit after one whose name in the directory could not be synced",
     [](TestStore& t) {
       open(t);
       t.disk.fail(t.disk.operations() + 11, TestDisk::kNever);
       EXPECT_FALSE(t.commit("failed", kWindow).ok());
       EXPECT_NE(t.file("running.json").find("failed"), std::string::npos);
       t.disk.mend();
       EXPECT_FALSE(t.commit("refused", Seconds{0}).ok());
       EXPECT_TRUE(t.commit("second").ok());
     },
     [](TestStore& t) { return t.commit("third").ok(); },
     {{2, "second", false}, {3, "third", false}}},
    {"a commit that drops the oldest revision",
     [](TestStore& t) {
       open(t);
       for (int i = 0; i < 100; ++i) ASSERT_TRUE(t.commit("old").ok());
     },
     [](TestStore& t) { return t.commit("new").ok(); },
     {{101, "old", false}, {102, "new", false}}},
};

bool is_one_of(const TestStore& t, std::span<const Outcome> outcomes) {
  return std::ranges::any_of(outcomes, [&](const Outcome& outcome) {
    return t.store->number() == outcome.number && t.name() == outcome.name &&
           t.store->pending().has_value() == outcome.is_pending;
  });
}

// That what was opened is whole, and what comes after is durable.
void expect_whole(TestStore& t, std::span<const Outcome> outcomes) {
  EXPECT_TRUE(is_one_of(t, outcomes)) << "found " << t.store->number() << " " << t.name()
                                      << " pending " << t.store->pending().has_value();
  const std::uint32_t number = t.store->number();
  EXPECT_EQ(read_running_revision(t.file("running.json")), number);
  EXPECT_TRUE(is_same(parse_json(t.file("running.json")).config, t.store->running()));
  EXPECT_TRUE(is_same(*t.store->load(number), t.store->running()));
  EXPECT_EQ(t.store->revisions().front().number, number);
  for (std::uint32_t at = number; at > 0 && at + 3 > number; --at)
    EXPECT_TRUE(t.store->load(at).ok()) << at;
  if (t.store->pending()) {
    EXPECT_LE(t.store->pending()->due, t.clock.now() + kWindow);
    t.clock.advance(kWindow);
    const auto back = t.store->return_if_due();
    ASSERT_TRUE(back.ok() && *back);
    EXPECT_TRUE(is_same((*back)->config, config_named("first")));
  }
  ASSERT_TRUE(t.commit("after").ok());
  const std::uint32_t after = t.store->number();
  t.disk = t.disk.least_survivor();
  ASSERT_TRUE(t.open(std::nullopt).ok());
  const Outcome held[] = {{after, "after", false}};
  EXPECT_TRUE(is_one_of(t, held)) << "a commit afterwards";
}

TestStore started_with(TestDisk disk, const FakeClock& clock) {
  TestStore t;
  t.disk = std::move(disk);
  t.clock = clock;
  return t;
}

// The power goes once more, while the store is opened.
void expect_whole_after_a_second_cut(const TestDisk& disk, const FakeClock& clock,
                                     std::span<const Outcome> outcomes) {
  for (std::size_t cut = 0;; ++cut) {
    TestStore t = started_with(disk, clock);
    t.disk.cut_before(cut);
    (void)t.open();
    const bool is_through = t.disk.operations() < cut;
    for (const TestDisk& found : {t.disk.least_survivor(), t.disk.survivors().back()}) {
      TestStore again = started_with(found, clock);
      ASSERT_TRUE(again.open().ok());
      expect_whole(again, outcomes);
    }
    if (is_through) return;
  }
}

TEST(StorePowerCut, LeavesTheOldOrTheNewRevisionWhole) {
  for (const Scenario& scenario : kScenarios) {
    for (std::size_t cut = 0;; ++cut) {
      SCOPED_TRACE(std::string(scenario.sentence) + ", cut before operation " +
                   std::to_string(cut));
      TestStore t;
      scenario.before(t);
      const std::size_t begin = t.disk.operations();
      t.disk.cut_before(begin + cut);
      const bool is_done = scenario.act(t);
      const std::span<const Outcome> all(scenario.outcomes);
      const auto outcomes = is_done ? all.last(1) : all;
      for (TestDisk& found : t.disk.survivors()) {
        TestStore again = started_with(std::move(found), t.clock);
        ASSERT_TRUE(again.open().ok());
        expect_whole(again, outcomes);
      }
      expect_whole_after_a_second_cut(t.disk.least_survivor(), t.clock, outcomes);
      expect_whole_after_a_second_cut(t.disk.survivors().back(), t.clock, outcomes);
      if (HasFatalFailure() || HasNonfatalFailure()) return;
      if (t.disk.operations() < begin + cut) {
        EXPECT_TRUE(is_done);
        break;
      }
    }
  }
}

// A process is killed, the next one tells what it found, and then the power goes.
TEST(StorePowerCut, LeavesWhatAStartHasFound) {
  for (const Scenario& scenario : kScenarios) {
    for (std::size_t cut = 0;; ++cut) {
      SCOPED_TRACE(std::string(scenario.sentence) + ", killed before operation " +
                   std::to_string(cut));
      TestStore t;
      scenario.before(t);
      const std::size_t begin = t.disk.operations();
      t.disk.cut_before(begin + cut);
      (void)scenario.act(t);
      const bool is_through = t.disk.operations() < begin + cut;
      TestStore next = started_with(t.disk, t.clock);
      next.disk.cut_before(TestDisk::kNever);
      ASSERT_TRUE(next.open().ok());
      TestStore last = started_with(next.disk.least_survivor(), t.clock);
      ASSERT_TRUE(last.open(std::nullopt).ok());
      EXPECT_EQ(last.store->number(), next.store->number());
      EXPECT_EQ(last.name(), next.name());
      EXPECT_EQ(last.store->pending().has_value(), next.store->pending().has_value());
      if (is_through) break;
    }
  }
}

// One operation fails, or it and all after it, and the process lives on.
void expect_whole_after_a_failure(const Scenario& scenario, std::size_t operation,
                                  std::size_t times, bool& is_through) {
  TestStore t;
  scenario.before(t);
  const std::size_t begin = t.disk.operations();
  t.disk.fail(begin + operation, times);
  const bool is_done = scenario.act(t);
  is_through = t.disk.operations() <= begin + operation;
  t.disk.mend();
  const std::span<const Outcome> all(scenario.outcomes);
  const auto outcomes = is_done ? all.last(1) : all.first(1);
  // What was edited by hand holds, also where it cannot become a revision.
  if (t.store != nullptr && t.name() != "mine") {
    EXPECT_TRUE(is_one_of(t, outcomes)) << "in memory";
  }
  // A process that comes next finds the same, unless the disk let nothing be put back.
  TestStore next = started_with(t.disk, t.clock);
  ASSERT_TRUE(next.open().ok());
  expect_whole(next, times == 1 || is_done ? outcomes : all);
  if (t.store == nullptr) return;
  ASSERT_TRUE(t.commit("later").ok());
  const std::uint32_t number = t.store->number();
  t.disk = t.disk.least_survivor();
  ASSERT_TRUE(t.open(std::nullopt).ok());
  const Outcome held[] = {{number, "later", false}};
  EXPECT_TRUE(is_one_of(t, held)) << "a commit afterwards";
}

TEST(StoreFailures, LeaveWhatHeld) {
  for (const Scenario& scenario : kScenarios) {
    for (const std::size_t times : {std::size_t{1}, TestDisk::kNever}) {
      bool is_through = false;
      for (std::size_t operation = 0; !is_through; ++operation) {
        SCOPED_TRACE(std::string(scenario.sentence) + ", failing at operation " +
                     std::to_string(operation) + (times == 1 ? " alone" : " and all after it"));
        expect_whole_after_a_failure(scenario, operation, times, is_through);
        if (HasFatalFailure() || HasNonfatalFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace junctor::config
