// SPDX-License-Identifier: MIT
// Files that a disk, or somebody, has damaged: what holds in their place, and who hears of it.
#include <gtest/gtest.h>

#include "platform/config/store.hpp"
#include "platform/config/test_config.hpp"
#include "platform/config/test_store.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;

std::string error_of(const auto& result) { return result.ok() ? "" : result.error().text(); }

constexpr const char* kZeros = "\0\0\0\0";

// Revisions 1 to 3: first, second, third.
void fill(TestStore& t) {
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second").ok());
  ASSERT_TRUE(t.commit("third").ok());
}

void cut(TestStore& t, const std::string& path) {
  const std::string text = t.file(path);
  t.write(path, text.substr(0, text.size() / 2));
}

TEST(StoreDamage, TheLastGoodRevisionHoldsAgain) {
  const struct {
    const char* sentence;
    void (*damage)(TestStore&);
    std::uint32_t number;
    const char* name;
    const char* says;
  } rows[] = {
      {"it is cut", [](TestStore& t) { cut(t, "running.json"); }, 3, "third",
       "revision 3 holds again"},
      {"it is empty", [](TestStore& t) { t.write("running.json", ""); }, 3, "third",
       "running.json:1: "},
      {"it holds zeros", [](TestStore& t) { t.write("running.json", std::string(kZeros, 4)); }, 3,
       "third", "revision 3 holds again"},
      {"it is lost", [](TestStore& t) { ASSERT_TRUE(t.disk.remove("/gw/running.json").ok()); }, 3,
       "third", "there is no such file"},
      {"a bit of a key is another",
       [](TestStore& t) { t.edit("running.json", "\"name\"", "\"oame\""); }, 3, "third",
       "unknown key"},
      {"it names an older one",
       [](TestStore& t) { t.write("running.json", "// revision 2; what"); }, 2, "second",
       "revision 2 holds again"},
      {"its revision is cut as well",
       [](TestStore& t) {
         cut(t, "running.json");
         cut(t, "revisions/000003.json");
       },
       4, "second", "revision 2 holds again"},
      {"no revision is left",
       [](TestStore& t) {
         for (const char* path : {"running.json", "revisions/000001.json", "revisions/000002.json",
                                  "revisions/000003.json"})
           cut(t, path);
       },
       4, "first", "all begins anew"},
  };
  for (const auto& row : rows) {
    TestStore t;
    fill(t);
    row.damage(t);
    ASSERT_EQ(error_of(t.open()), "") << row.sentence;
    EXPECT_EQ(t.store->number(), row.number) << row.sentence;
    EXPECT_EQ(t.name(), row.name) << row.sentence;
    EXPECT_THAT(t.store->damage(), testing::HasSubstr(row.says)) << row.sentence;
    EXPECT_THAT(t.store->notes(), testing::Contains(t.store->damage())) << row.sentence;
    ASSERT_EQ(error_of(t.commit("after")), "") << row.sentence;
    EXPECT_EQ(t.store->damage(), "") << row.sentence << ": who has committed knows";
    ASSERT_EQ(error_of(t.open(std::nullopt)), "") << row.sentence;
    EXPECT_EQ(t.name(), "after") << row.sentence;
  }
}

TEST(StoreDamage, IsMendedOnTheDisk) {
  TestStore t;
  fill(t);
  const std::string good = t.file("running.json");
  cut(t, "running.json");
  const std::string damaged = t.file("running.json");
  ASSERT_TRUE(t.open().ok());
  EXPECT_EQ(t.file("running.json"), good) << "other programs read it";
  EXPECT_EQ(t.file("running.json.refused"), damaged);
  t.disk = t.disk.least_survivor();
  ASSERT_TRUE(t.open(std::nullopt).ok());
  EXPECT_EQ(t.store->number(), 3U);
  EXPECT_THAT(t.store->notes(), testing::IsEmpty()) << "once is enough";
}

TEST(StoreDamage, StartsOnADiskThatTakesNothing) {
  TestStore t;
  fill(t);
  cut(t, "running.json");
  t.disk.fail(t.disk.operations() + 2, TestDisk::kNever);  // behind the folders
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "third");
  t.disk.mend();
  ASSERT_EQ(error_of(t.commit("after")), "");
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "after");
}

TEST(StoreDamage, KeepsTheDeadlineOfAPendingRevision) {
  TestStore t;
  fill(t);
  ASSERT_TRUE(t.commit("fourth", 10min).ok());
  cut(t, "running.json");
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "fourth");
  ASSERT_TRUE(t.store->pending());
  EXPECT_EQ(t.store->pending()->return_to, 3U);
}

TEST(StoreDamage, ARevisionOfAnotherVersionIsNone) {
  TestStore t;
  fill(t);
  cut(t, "running.json");
  t.edit("revisions/000003.json", "\"name\"", "\"not_known_yet\"");
  EXPECT_THAT(error_of(t.open()), testing::HasSubstr("revisions/000003.json"))
      << "an upgrade that cannot read the configuration returns, and does not begin with another";
  t.edit("revisions/000003.json", "not_known_yet", "name");
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "third");
}

TEST(StoreDamage, OfAFolderWithoutAnythingElseIsAnError) {
  TestStore t;
  ASSERT_TRUE(t.disk.make_directory("/gw").ok());
  t.write("running.json", "{");
  EXPECT_THAT(error_of(t.open(std::nullopt)), testing::HasSubstr("/gw/running.json:1: "));
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "first");
  EXPECT_THAT(t.store->damage(), testing::HasSubstr("all begins anew"));
}

}  // namespace
}  // namespace junctor::config
