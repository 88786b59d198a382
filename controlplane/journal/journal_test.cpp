// SPDX-License-Identifier: MIT
#include "controlplane/journal/journal.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

namespace junctor::cp {
namespace {

using management::v1::CallRecord;

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    std::string name = testing::TempDir() + "journal-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ / "journal.db"; }
  std::unique_ptr<Journal> open(std::uint32_t max_records = Journal::kMaxRecords) {
    auto journal = Journal::open(path(), counters_, max_records);
    EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error().text());
    return journal.ok() ? std::move(*journal) : nullptr;
  }
  // As if a version with this schema had written the file.
  void set_schema(int schema) const {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    sqlite3_exec(db, ("PRAGMA user_version = " + std::to_string(schema)).c_str(), nullptr, nullptr,
                 nullptr);
    sqlite3_close(db);
  }
  std::uint64_t count(const std::string& name) const {
    for (const auto& row : counters_.rows())
      if (row.name == "journal." + name) return row.value;
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }

  std::filesystem::path folder_;
  CounterRegistry counters_;
};

std::map<std::string, std::string> calls_of(Journal& journal) {
  std::map<std::string, std::string> calls;
  for (auto& entry : journal.load()) calls[entry.call_id] = entry.value;
  return calls;
}

CallRecord record(const std::string& id, std::uint64_t ended) {
  CallRecord r;
  r.set_id(id);
  r.set_ended_unix_ms(ended);
  r.set_reason("the caller hung up");
  return r;
}

using Calls = std::map<std::string, std::string>;

TEST_F(JournalTest, KeepsCallsAcrossReopening) {
  const std::string binary("a\0b\xff", 4);
  {
    auto journal = open();
    journal->save("one", "first");
    journal->save("one", "second");
    journal->save("two", binary);
    journal->save("three", "gone");
    journal->erase("three");
    journal->erase("never there");
  }
  auto journal = open();
  EXPECT_EQ(calls_of(*journal), (Calls{{"one", "second"}, {"two", binary}}));
}

// Rows of ended calls are used again, by others, and after a restart too.
TEST_F(JournalTest, RowsAreUsedAgain) {
  const auto rows = [this] {
    sqlite3* db = nullptr;
    sqlite3_stmt* count = nullptr;
    EXPECT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(db, "SELECT count(*) FROM call", -1, &count, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(count), SQLITE_ROW);
    const int n = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    sqlite3_close(db);
    return n;
  };
  {
    auto journal = open();
    journal->save("a", "1");
    journal->save("b", "2");
    journal->finish(record("a", 1));
    journal->erase("b");
    journal->save("c", "a longer value");
    journal->save("c", "changed");
    EXPECT_EQ(rows(), 2);
    EXPECT_EQ(calls_of(*journal), (Calls{{"c", "changed"}}));
  }
  auto journal = open();
  EXPECT_EQ(calls_of(*journal), (Calls{{"c", "changed"}}));
  journal->save("a", "again");
  journal->save("d", "new");
  EXPECT_EQ(rows(), 3);
  journal->erase("c");
  EXPECT_EQ(calls_of(*journal), (Calls{{"a", "again"}, {"d", "new"}}));
}

TEST_F(JournalTest, FinishErasesTheCallAndKeepsItsRecord) {
  auto journal = open();
  journal->save("a", "x");
  journal->save("b", "y");
  journal->finish(record("never saved", 1000));
  journal->finish(record("a", 2000));
  EXPECT_EQ(calls_of(*journal), (Calls{{"b", "y"}}));
  const auto records = journal->records(10);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].id(), "a") << "the newest first";
  EXPECT_EQ(records[0].reason(), "the caller hung up");
  EXPECT_EQ(journal->records(1).size(), 1u);
  EXPECT_EQ(journal->records(0).size(), 0u);
}

// The rows that a question in SQL gives, cells joined by '|'.
std::string ask(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  std::string out;
  char* mistake = nullptr;
  sqlite3_exec(
      handle, sql,
      [](void* to, int count, char** cells, char**) {
        auto& text = *static_cast<std::string*>(to);
        for (int i = 0; i < count; ++i)
          text += (i == 0 ? "" : "|") + std::string(cells[i] == nullptr ? "-" : cells[i]);
        text += '\n';
        return 0;
      },
      &out, &mistake);
  EXPECT_EQ(mistake, nullptr) << mistake;
  sqlite3_free(mistake);
  sqlite3_close(handle);
  return out;
}

TEST_F(JournalTest, RecordsCanBeAskedForBySql) {
  {
    auto journal = open();
    CallRecord full = record("a", 1'700'000'000'123);
    full.set_calling("0049");
    full.set_sip_status(486);
    full.add_media()->set_mos_x100(427);
    journal->finish(full);
    journal->finish(record("b", 0));
  }
  EXPECT_EQ(ask(path(),
                "SELECT id, ended, calling, typeof(sip_status), sip_status * 2, mos_in "
                "FROM record ORDER BY number"),
            "a|2023-11-14T22:13:20.123Z|0049|integer|972|4.27\nb|-|-|integer|0|-\n");
}

TEST_F(JournalTest, AFileOfAnEarlierVersionGetsTheColumnsItLacks) {
  ask(path(),
      "CREATE TABLE call (number INTEGER PRIMARY KEY, is_live INTEGER NOT NULL, id TEXT NOT NULL,"
      " value BLOB NOT NULL);"
      "CREATE TABLE record (number INTEGER PRIMARY KEY, value BLOB NOT NULL);"
      "INSERT INTO record (value) VALUES (x'0a036f6c64');"  // id: "old"
      "PRAGMA user_version = 2");
  auto journal = open();
  journal->finish(record("new", 1));
  ASSERT_EQ(journal->records(9).size(), 2u);
  EXPECT_EQ(journal->records(9)[1].id(), "old");
  EXPECT_EQ(ask(path(), "SELECT number, id FROM record"), "1|-\n2|new\n");
  EXPECT_EQ(count("set_aside"), 0u);
}

TEST_F(JournalTest, KeepsABoundedNumberOfRecords) {
  auto journal = open(10);
  for (std::uint64_t i = 0; i < 100; ++i) journal->finish(record(std::to_string(i), i));
  const auto records = journal->records(1000);
  ASSERT_GE(records.size(), 10u);
  EXPECT_LE(records.size(), 20u);
  EXPECT_EQ(records.front().id(), "99");
}

TEST_F(JournalTest, ASavedCallOutlivesTheDeathOfTheProcess) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    CounterRegistry counters;
    auto journal = Journal::open(path(), counters);
    if (!journal.ok()) _exit(1);
    for (int i = 0; i < 500; ++i) (*journal)->save("call" + std::to_string(i), "value");
    (*journal)->finish(record("call0", 1));
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child could not write";
  auto journal = open();
  EXPECT_EQ(calls_of(*journal).size(), 499u);
  EXPECT_EQ(journal->records(10).size(), 1u);
}

TEST_F(JournalTest, SetsAnUnreadableFileAside) {
  const auto write = [this](const std::string& text) {
    std::ofstream(path(), std::ios::binary) << text;
  };
  struct Row {
    const char* sentence;
    std::function<void()> spoil;
  };
  const Row rows[] = {
      {"no database at all", [&] { write(std::string(9000, 'x')); }},
      {"a schema that nobody has", [&] { open().reset(), set_schema(-1); }},
      {"pages of the calls overwritten",
       [&] {
         {
           auto journal = open();
           for (int i = 0; i < 200; ++i) journal->save(std::to_string(i), std::string(1000, 'v'));
         }
         const auto size = std::filesystem::file_size(path());
         ASSERT_GT(size, 100'000u);
         std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
         file.seekp(std::streamoff{4096} * 4);
         file << std::string(size - std::size_t{4096} * 4, '\xee');
       }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    row.spoil();
    auto journal = open();
    ASSERT_NE(journal, nullptr);
    EXPECT_EQ(count("set_aside"), 1u);
    EXPECT_TRUE(std::filesystem::exists(path() + ".broken"));
    journal->save("new", "value");
    EXPECT_EQ(calls_of(*journal), (Calls{{"new", "value"}}));
  }
}

TEST_F(JournalTest, EachVersionFindsItsOwnFileAgain) {
  open()->finish(record("ours", 1));
  set_schema(99);  // it is kept for that version
  {
    const auto journal = open();
    journal->finish(record("after the return", 1));
    EXPECT_EQ(count("set_aside"), 1u);
  }
  const std::string newer = path() + ".schema-99";
  ASSERT_TRUE(std::filesystem::exists(newer));
  // The newer one, at work again, has kept ours and goes on with its own.
  std::filesystem::rename(path(), path() + ".schema-2");
  std::filesystem::rename(newer, path());
  const auto records = open()->records(10);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].id(), "after the return");
  EXPECT_TRUE(std::filesystem::exists(newer));
}

TEST_F(JournalTest, AFullDiskIsCountedAndStopsNothing) {
  auto journal = open();
  journal->save("before", "value");
  // A file may not grow any more: what a full disk looks like to SQLite.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  journal->save("while", std::string(100'000, 'v'));
  journal->finish(record("while", 1));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(count("save_failed"), 1u);
  EXPECT_EQ(count("finish_failed"), 1u);

  journal->save("after", "value");
  EXPECT_EQ(calls_of(*journal), (Calls{{"before", "value"}, {"after", "value"}}));
}

TEST_F(JournalTest, SaysWhyItCannotBeOpened) {
  const auto journal = Journal::open("/proc/nowhere/journal.db", counters_);
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().where, "/proc/nowhere/journal.db");
}

TEST_F(JournalTest, InMemoryNeedsNoFile) {
  auto journal = Journal::open(":memory:", counters_);
  ASSERT_TRUE(journal.ok());
  (*journal)->save("a", "b");
  EXPECT_EQ(calls_of(**journal), (Calls{{"a", "b"}}));
}

TEST_F(JournalTest, RecordsReachTheDatabaseFileItself) {
  {
    auto journal = open();
    journal->finish(record("a", 1));
  }  // the last flush
  // Without the WAL: only what a checkpoint brought over is left.
  std::filesystem::remove(path() + "-wal");
  std::filesystem::remove(path() + "-shm");
  EXPECT_EQ(open()->records(10).size(), 1u);
}

}  // namespace
}  // namespace junctor::cp
