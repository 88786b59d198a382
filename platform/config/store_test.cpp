// SPDX-License-Identifier: MIT
#include "platform/config/store.hpp"

#include <gtest/gtest.h>

#include "platform/config/test_config.hpp"
#include "platform/config/test_store.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::minutes;

std::string error_of(const auto& result) { return result.ok() ? "" : result.error().text(); }

TEST(Store, BeginsWithTheInitialConfiguration) {
  TestStore t;
  EXPECT_EQ(error_of(t.open(std::nullopt)), "/gw/running.json: there is no such file");
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.store->number(), 1U);
  EXPECT_EQ(t.name(), "first");
  EXPECT_EQ(t.store->revisions().at(0).user, "factory");
  ASSERT_EQ(error_of(t.commit("second")), "");
  ASSERT_EQ(error_of(t.open()), "") << "it is not asked for again";
  EXPECT_EQ(t.name(), "second");
  EXPECT_THAT(t.store->notes(), testing::IsEmpty());
}

TEST(Store, WritesFilesThatPeopleCanRead) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  t.clock.advance(1500ms);
  ASSERT_EQ(error_of(t.store->commit(config_named("gw-2"), "jane", "a \"new\" name", 90s)), "");
  EXPECT_EQ(
      t.file("running.json"),
      R"(// revision 2; what is changed here by hand becomes a revision of its own at the next start
{
  "version": 2,
  "system": {
    "name": "gw-2"
  }
}
)");
  EXPECT_TRUE(is_same(parse_json(t.file("running.json")).config, config_named("gw-2")))
      << "for programs other than the store";
  EXPECT_EQ(t.file("revisions/000002.json"), R"({
  "revision": 2,
  "unix_ms": 1700000001500,
  "user": "jane",
  "comment": "a \"new\" name",
  "config": {
    "version": 2,
    "system": {
      "name": "gw-2"
    }
  }
}
)");
  EXPECT_EQ(t.file("pending.json"), R"({
  "revision": 2,
  "return_to": 1,
  "window_s": 90,
  "deadline_unix_ms": 1700000091500
}
)");
}

TEST(Store, ListsAndLoadsRevisions) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  t.clock.advance(1min);
  ASSERT_TRUE(t.commit("second").ok());
  ASSERT_TRUE(t.commit("third").ok());
  ASSERT_TRUE(t.open().ok());
  const std::vector<Revision> all = t.store->revisions();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].number, 3U);
  EXPECT_EQ(all[1].number, 2U);
  EXPECT_EQ(all[1].comment, "to second");
  EXPECT_EQ(all[1].user, "jane");
  EXPECT_EQ(all[1].time, 1'700'000'060s);
  EXPECT_EQ(all[2].comment, "initial configuration");
  EXPECT_TRUE(is_same(*t.store->load(2), config_named("second")));
  EXPECT_EQ(error_of(t.store->load(4)), "revision 4: is not kept; those from 1 to 3 are");
}

TEST(Store, KeepsTheLastHundred) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  for (int i = 0; i < 120; ++i) ASSERT_TRUE(t.commit("n" + std::to_string(i)).ok());
  EXPECT_EQ(t.store->revisions().size(), Store::kKept);
  EXPECT_EQ(t.disk.list("/gw/revisions")->size(), Store::kKept);
  ASSERT_TRUE(t.open().ok());
  const auto all = t.store->revisions();
  ASSERT_EQ(all.size(), Store::kKept);
  EXPECT_EQ(all.front().number, 121U);
  EXPECT_EQ(all.back().number, 22U);
  EXPECT_TRUE(t.store->load(22).ok());
}

TEST(Store, TakesARunningFileThatWasChangedByHand) {
  const struct {
    const char* sentence;
    void (*change)(TestStore&);
    std::uint32_t number;
    const char* name;
  } rows[] = {
      {"a value was edited", [](TestStore& t) { t.edit("running.json", "third", "mine"); }, 4,
       "mine"},
      {"only a comment was added",
       [](TestStore& t) { t.edit("running.json", "\"name\"", "// my name\n\"name\""); }, 3,
       "third"},
      {"the line of the revision was taken out",
       [](TestStore& t) { t.edit("running.json", "// revision", "//"); }, 4, "third"},
      {"a whole other one was put there",
       [](TestStore& t) { t.write("running.json", std::string(kGood)); }, 4, "gw-1"},
      {"one of a revision that is not here",
       [](TestStore& t) { t.edit("running.json", "revision 3", "revision 77"); }, 4, "third"},
      {"an old one was put back",
       [](TestStore& t) {
         t.edit("running.json", "revision 3", "revision 1");
         t.edit("running.json", "third", "first");
       },
       4, "first"},
      {"its revision is damaged", [](TestStore& t) { t.write("revisions/000003.json", "{"); }, 4,
       "third"},
  };
  for (const auto& row : rows) {
    TestStore t;
    ASSERT_TRUE(t.open().ok());
    ASSERT_TRUE(t.commit("second").ok());
    ASSERT_TRUE(t.commit("third").ok());
    row.change(t);
    ASSERT_EQ(error_of(t.open()), "") << row.sentence;
    EXPECT_EQ(t.store->number(), row.number) << row.sentence;
    EXPECT_EQ(t.name(), row.name) << row.sentence;
    EXPECT_EQ(t.store->revisions().size(), row.number) << row.sentence;
    if (row.number == 3) continue;
    EXPECT_EQ(t.store->revisions().front().user, "file") << row.sentence;
    EXPECT_THAT(t.store->notes(),
                testing::ElementsAre("/gw/running.json was changed by hand: it is revision 4 now"))
        << row.sentence;
    ASSERT_TRUE(t.open().ok());
    EXPECT_EQ(t.store->number(), 4U) << row.sentence << ": once is enough";
    EXPECT_THAT(t.store->notes(), testing::IsEmpty()) << row.sentence;
  }
}

TEST(Store, ARunningFileWithoutRevisionsIsTheFirst) {
  TestStore t;
  ASSERT_TRUE(t.disk.make_directory("/gw").ok());
  t.write("running.json", std::string(kGood));
  ASSERT_TRUE(t.open().ok());
  EXPECT_EQ(t.store->number(), 1U);
  EXPECT_EQ(t.name(), "gw-1");
}

TEST(Store, StartsOnAFullDisk) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  t.write("running.json", std::string(kGood));
  t.disk.fail(t.disk.operations() + 2, TestDisk::kNever);
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "gw-1");
  EXPECT_EQ(t.store->number(), 1U);
  ASSERT_EQ(t.store->notes().size(), 2U);
  EXPECT_EQ(t.store->notes()[0],
            "/gw/running.json was changed by hand: it cannot be kept as a revision: "
            "/gw: No space left on device");
  t.disk.mend();
  EXPECT_EQ(error_of(t.commit("second")), "");
  ASSERT_EQ(error_of(t.open()), "");
  EXPECT_EQ(t.name(), "second");
  EXPECT_EQ(t.store->number(), 2U);
}

TEST(Store, SaysWhatIsWrongWithARunningFile) {
  TestStore t;
  ASSERT_TRUE(t.disk.make_directory("/gw").ok());
  t.write("running.json", "// revision 1\n{\"a\": 1,\n\"b\": 2}");
  EXPECT_EQ(error_of(t.open()),
            "/gw/running.json:2: a: unknown key\n/gw/running.json:3: b: unknown key")
      << "there is nothing else, and it is no damage";
}

TEST(Store, RefusesWhatItCouldNotReadAgain) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  v1::Config config = config_named("a\xff");
  EXPECT_THAT(error_of(t.store->commit(config, "jane", "")), testing::HasSubstr("system.name"));
  config = parse_json(kGood).config;
  (*config.mutable_trunks(0)->mutable_plugin_options())["x"] = "\xff";
  EXPECT_EQ(error_of(t.store->commit(config, "jane", "")),
            "the configuration holds what cannot be written (octets that are no UTF-8)");
  config.mutable_trunks(0)->mutable_peers(0)->set_port(70000);
  EXPECT_EQ(error_of(t.store->commit(config, "jane", "")),
            "trunks[0].peers[0].port: 70000 is outside 1..65535");
  EXPECT_EQ(t.name(), "first");
  EXPECT_EQ(t.store->number(), 1U);
}

TEST(Store, WritesForeignTextSoThatItCanBePrinted) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  const auto revision = t.store->commit(config_named("second"), std::string(200, 'u'),
                                        "red \x1b[31m\n" + std::string(1000, 'c'));
  ASSERT_TRUE(revision.ok());
  EXPECT_EQ(revision->user, std::string(Revision::kMaxUser - 3, 'u') + "...");
  EXPECT_EQ(revision->comment.size(), Revision::kMaxComment);
  EXPECT_THAT(revision->comment, testing::StartsWith("red \\x1b[31m\\nccc"));
  ASSERT_TRUE(t.open().ok());
  EXPECT_EQ(t.store->revisions().at(0).comment, revision->comment);
  t.edit("revisions/000002.json", "red \\\\x1b", "red \\u001b");
  ASSERT_TRUE(t.open().ok());
  EXPECT_THAT(t.store->revisions().at(0).comment, testing::StartsWith("red \\x1b[31m"))
      << "an editor had it too";
}

TEST(Store, ListsARevisionThatCannotBeReadWithTheReason) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  ASSERT_TRUE(t.commit("second").ok());
  ASSERT_TRUE(t.commit("third").ok());
  t.write("revisions/000002.json", "{\n\"revision\": 2,\n");
  t.write("revisions/000001.json", t.file("revisions/000003.json"));
  ASSERT_TRUE(t.open().ok());
  const auto all = t.store->revisions();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].mistake, "");
  EXPECT_EQ(all[1].number, 2U);
  EXPECT_EQ(all[1].mistake,
            "/gw/revisions/000002.json:3: a key in quotes was expected, the end of the text is "
            "there");
  EXPECT_EQ(error_of(t.store->load(2)), all[1].mistake);
  EXPECT_EQ(all[2].mistake, "/gw/revisions/000001.json: is of another revision");
}

TEST(Store, NamesTheFileAndTheReasonOfAFullDisk) {
  TestStore t;
  ASSERT_TRUE(t.open().ok());
  t.disk.fail(t.disk.operations(), TestDisk::kNever);
  EXPECT_EQ(error_of(t.commit("second")), "/gw/revisions/000002.json.new: No space left on device");
  EXPECT_EQ(t.name(), "first");
  EXPECT_EQ(t.store->number(), 1U);
  t.disk.mend();
  ASSERT_TRUE(t.open().ok());
  t.disk.fail(t.disk.operations() + 4);
  EXPECT_EQ(error_of(t.commit("second")), "/gw/running.json.new: No space left on device");
  EXPECT_EQ(*t.disk.list("/gw/revisions"), std::vector<std::string>{"000001.json"})
      << "what was written before is taken away";
  t.disk.mend();
  EXPECT_EQ(error_of(t.commit("second")), "");
  EXPECT_EQ(t.store->number(), 2U);
}

}  // namespace
}  // namespace junctor::config
