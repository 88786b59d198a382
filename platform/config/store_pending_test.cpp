// SPDX-License-Identifier: MIT
// Commits that have to be confirmed.
#include <gtest/gtest.h>

#include "platform/config/store.hpp"
#include "platform/config/test_store.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;

std::string error_of(const auto& result) { return result.ok() ? "" : result.error().text(); }

// Its clocks go each their own way.
class TwoClocks final : public Clock {
 public:
  Nanoseconds now() const override { return monotonic; }
  Nanoseconds wall() const override { return since_1970; }
  void advance(Nanoseconds by) {
    monotonic += by;
    since_1970 += by;
  }

  Nanoseconds monotonic{1h};
  Nanoseconds since_1970{1'700'000'000s};
};

TEST(StorePending, ReturnsByItselfWhenNobodyConfirms) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_EQ(error_of(t.commit("second", 10min)), "");
  EXPECT_EQ(t.name(), "second");
  ASSERT_TRUE(t.store->pending());
  EXPECT_EQ(t.store->pending()->revision, 2U);
  EXPECT_EQ(t.store->pending()->return_to, 1U);
  EXPECT_EQ(t.store->pending()->due, t.clock.now() + 10min);
  t.clock.advance(10min - 1ns);
  EXPECT_FALSE(t.store->return_if_due()->has_value());
  t.clock.advance(1ns);
  const auto back = t.store->return_if_due();
  ASSERT_TRUE(back.ok() && *back);
  EXPECT_TRUE(is_same((*back)->config, config_named("first")));
  EXPECT_EQ((*back)->revision.number, 3U);
  EXPECT_EQ((*back)->revision.user, "junctor");
  EXPECT_EQ((*back)->revision.comment, "not confirmed in 10 minutes");
  EXPECT_FALSE((*back)->not_kept);
  EXPECT_EQ(t.name(), "first");
  EXPECT_FALSE(t.store->pending());
  EXPECT_EQ(t.file("pending.json"), "none");
  EXPECT_FALSE(t.store->return_if_due()->has_value());
}

TEST(StorePending, StaysWhenItIsConfirmed) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  EXPECT_EQ(error_of(t.store->confirm("joe")), "nothing waits to be confirmed");
  ASSERT_TRUE(t.commit("second", 10min).ok());
  const auto confirmed = t.store->confirm("joe\n");
  ASSERT_TRUE(confirmed.ok());
  EXPECT_EQ(confirmed->number, 2U);
  EXPECT_EQ(confirmed->user, "jane");
  EXPECT_EQ(confirmed->confirmed_by, "joe\\n");
  EXPECT_FALSE(t.store->pending());
  t.clock.advance(1h);
  EXPECT_FALSE(t.store->return_if_due()->has_value());
  ASSERT_TRUE(t.open().ok());
  EXPECT_FALSE(t.store->pending());
  EXPECT_EQ(t.name(), "second");
  EXPECT_EQ(t.store->revisions().at(0).confirmed_by, "joe\\n");
  EXPECT_EQ(error_of(t.store->confirm("joe")), "nothing waits to be confirmed");
}

TEST(StorePending, AnOrdinaryCommitConfirmsAndASecondWindowIsRefused) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second", 10min).ok());
  EXPECT_EQ(error_of(t.commit("third", 10min)),
            "revision 2 has not been confirmed yet: confirm it, or commit for good, before another "
            "commit that has to be confirmed");
  EXPECT_EQ(t.name(), "second");
  EXPECT_TRUE(t.store->pending());
  ASSERT_EQ(error_of(t.commit("third")), "");
  EXPECT_FALSE(t.store->pending());
  ASSERT_TRUE(t.open().ok());
  EXPECT_FALSE(t.store->pending());
  EXPECT_EQ(t.name(), "third");
  EXPECT_EQ(error_of(t.commit("fourth", 10min)), "");
}

TEST(StorePending, WindowsHaveBoundsAndAreSaidInWords) {
  const struct {
    Seconds window;
    const char* comment;  // empty: refused
  } rows[] = {
      {0s, ""},
      {-1s, ""},
      {Store::kLongestWindow + 1s, ""},
      {1s, "not confirmed in 1 second"},
      {60s, "not confirmed in 1 minute"},
      {90s, "not confirmed in 90 seconds"},
      {Store::kLongestWindow, "not confirmed in 65535 minutes"},
  };
  for (const auto& row : rows) {
    TestStore t;
    ASSERT_TRUE(t.open().ok());
    const std::string error = error_of(t.commit("second", row.window));
    if (*row.comment == '\0') {
      EXPECT_EQ(error, "the time to confirm is outside 1 second..65535 minutes");
      EXPECT_EQ(t.store->number(), 1U);
      continue;
    }
    ASSERT_EQ(error, "");
    t.clock.advance(row.window);
    EXPECT_EQ((*t.store->return_if_due())->revision.comment, row.comment);
  }
}

TEST(StorePending, GoesOnAfterARestart) {
  const struct {
    const char* sentence;
    Nanoseconds away;  // by the wall clock, while nobody ran
    Nanoseconds left;
  } rows[] = {
      {"at once", 0s, 6min},
      {"after a while", 2min, 4min},
      {"just in time", 6min - 1ms, 1ms},
      {"the window ended meanwhile", 6min, 0s},
      {"long ago", 24h * 365, 0s},
      {"the wall clock was set back a little: the deadline stays", -2min, 8min},
      {"it was set back a day: no longer than the window", -24h, 10min},
      {"it begins in 1970", -1'700'000'000s, 10min},
  };
  for (const auto& row : rows) {
    TestDisk disk;
    TwoClocks clock;
    auto store = Store::open("/gw", disk, clock, config_named("first"));
    ASSERT_TRUE((*store)->commit(config_named("second"), "jane", "", 10min).ok());
    clock.advance(4min);
    clock.since_1970 += row.away;
    clock.monotonic = 5min;  // another boot
    store = Store::open("/gw", disk, clock);
    ASSERT_TRUE(store.ok()) << row.sentence;
    ASSERT_TRUE((*store)->pending()) << row.sentence;
    EXPECT_EQ((*store)->pending()->due - clock.now(), row.left) << row.sentence;
    EXPECT_EQ((*store)->return_if_due()->has_value(), row.left == 0s) << row.sentence;
    if (row.left == 0s) continue;
    clock.advance(1min);
    store = Store::open("/gw", disk, clock);
    EXPECT_EQ((*store)->pending()->due - clock.now(), std::max<Nanoseconds>(row.left - 1min, 0s))
        << row.sentence << ": a second restart begins nothing anew";
  }
}

TEST(StorePending, AStepOfTheWallClockMeansNothingToARunningProcess) {
  for (const Nanoseconds step : {Nanoseconds{24h}, Nanoseconds{-24h}}) {
    TestDisk disk;
    TwoClocks clock;
    const auto store = Store::open("/gw", disk, clock, config_named("first"));
    ASSERT_TRUE((*store)->commit(config_named("second"), "jane", "", 10min).ok());
    clock.since_1970 += step;
    clock.monotonic += 9min;
    EXPECT_FALSE((*store)->return_if_due()->has_value());
    clock.monotonic += 1min;
    EXPECT_TRUE((*store)->return_if_due()->has_value());
  }
}

TEST(StorePending, ARunningFileThatWasChangedByHandEndsIt) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second", 10min).ok());
  t.edit("running.json", "\"second\"", "\"mine\"");
  ASSERT_TRUE(t.open().ok());
  EXPECT_EQ(t.name(), "mine");
  EXPECT_EQ(t.store->number(), 3U);
  EXPECT_FALSE(t.store->pending());
  EXPECT_EQ(t.file("pending.json"), "none");
}

TEST(StorePending, APendingFileThatMeansNothingIsTakenAway) {
  const struct {
    const char* sentence;
    const char* text;
    std::vector<std::string> notes;
  } rows[] = {
      {"of another revision",
       R"({"revision": 1, "return_to": 1, "window_s": 60, "deadline_unix_ms": 1})",
       {}},
      {"the revision to return to is gone",
       R"({"revision": 2, "return_to": 7, "window_s": 60, "deadline_unix_ms": 1})",
       {"/gw/pending.json: the revision to return to is not kept; nothing is pending"}},
      {"cannot be read",
       "{",
       {"/gw/pending.json:1: a key in quotes was expected, the end of the text is there; nothing "
        "is pending"}},
  };
  for (const auto& row : rows) {
    TestStore t;
    ASSERT_TRUE(t.open().ok());
    ASSERT_TRUE(t.commit("second").ok());
    t.write("pending.json", row.text);
    ASSERT_TRUE(t.open().ok()) << row.sentence;
    EXPECT_FALSE(t.store->pending()) << row.sentence;
    EXPECT_EQ(t.store->notes(), row.notes) << row.sentence;
    EXPECT_EQ(t.file("pending.json"), "none") << row.sentence;
  }
}

TEST(StorePending, ReturnsAlsoOnAFullDisk) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second", 10min).ok());
  t.clock.advance(10min);
  t.disk.fail(t.disk.operations(), TestDisk::kNever);
  for (int i = 0; i < 2; ++i) {
    const auto back = t.store->return_if_due();
    ASSERT_TRUE(back.ok() && *back);
    EXPECT_TRUE(is_same((*back)->config, config_named("first"))) << "is to be applied";
    ASSERT_TRUE((*back)->not_kept);
    EXPECT_EQ((*back)->not_kept->message, "No space left on device");
    EXPECT_TRUE(t.store->pending()) << "tries again";
  }
  t.disk.mend();
  const auto back = t.store->return_if_due();
  ASSERT_TRUE(back.ok() && *back && !(*back)->not_kept);
  EXPECT_EQ((*back)->revision.number, 3U);
  EXPECT_FALSE(t.store->pending());
}

TEST(StorePending, ConfirmsOnAFullDiskToo) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second", 10min).ok());
  t.disk.fail(t.disk.operations() + 2, TestDisk::kNever);  // removing a file needs no room
  ASSERT_EQ(error_of(t.store->confirm("joe")), "");
  t.disk.mend();
  ASSERT_TRUE(t.open().ok());
  EXPECT_FALSE(t.store->pending());
  EXPECT_EQ(t.store->revisions().at(0).confirmed_by, "") << "for this there was none";
}

TEST(StorePending, SaysWhyItCannotReturn) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second", 10min).ok());
  t.clock.advance(10min);
  t.write("revisions/000001.json", "[");
  EXPECT_EQ(error_of(t.store->return_if_due()),
            "/gw/revisions/000001.json:1: a value was expected, the end of the text is there");
  EXPECT_EQ(t.name(), "second");
}

TEST(StorePending, IsConfirmedAfterWhatWasRefusedIsUndone) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second", Seconds{600}).ok());
  t.disk.fail(t.disk.operations() + 7, TestDisk::kNever);
  EXPECT_FALSE(t.commit("failed").ok());
  EXPECT_NE(t.file("running.json").find("failed"), std::string::npos);
  t.disk.mend();
  ASSERT_TRUE(t.store->confirm("joe").ok());
  ASSERT_TRUE(t.open(std::nullopt).ok());
  EXPECT_EQ(t.name(), "second");
  EXPECT_EQ(t.store->number(), 2U);
  EXPECT_FALSE(t.store->pending());
}

}  // namespace
}  // namespace junctor::config
