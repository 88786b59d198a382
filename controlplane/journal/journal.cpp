// SPDX-License-Identifier: MIT
#include "controlplane/journal/journal.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <unordered_map>

#include "controlplane/journal/database.hpp"
#include "controlplane/journal/flusher.hpp"
#include "controlplane/journal/record_columns.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

// A write costs what its pages cost. A call therefore keeps to one row of a row number that is used
// again, and an ended one leaves its row as large as it was: one page each, and no tree to balance.
constexpr std::int64_t kSchemaVersion = 2;
constexpr const char* kSchema =
    "CREATE TABLE call (number INTEGER PRIMARY KEY, is_live INTEGER NOT NULL, id TEXT NOT NULL,"
    " value BLOB NOT NULL);"
    "CREATE TABLE record (number INTEGER PRIMARY KEY, value BLOB NOT NULL);"
    "PRAGMA user_version = 2";

// How many records may come before the oldest are looked for: a deletion costs as much as a write.
constexpr std::uint32_t kTrimEvery = 256;

enum Count : std::uint8_t {
  kSaveFailed,
  kFinishFailed,
  kReadFailed,
  kUnreadableRecord,
  kFlushFailed,
  kSetAside,
  kCountCount
};
constexpr std::array<CounterDesc, kCountCount> kCounts{{
    {"save_failed", Severity::Error, "a call was not written and would not outlive a restart"},
    {"finish_failed", Severity::Error, "the record of an ended call was not written"},
    {"read_failed", Severity::Error, "calls or records were not read to the end"},
    {"unreadable_record", Severity::Error, "a record was not understood and was left out"},
    {"flush_failed", Severity::Error, "what was written did not reach the disk in time"},
    {"set_aside", Severity::Error, "the file was unreadable, renamed, and a new one begun"},
}};

class SqliteJournal final : public Journal {
 public:
  // The database must have its schema.
  static Result<std::unique_ptr<Journal>> make(Database database, const std::string& path,
                                               CounterRegistry& registry, std::uint32_t max_records,
                                               bool was_set_aside);
  ~SqliteJournal() override { registry_.remove(counts_.values()); }

  void save(std::string_view call_id, std::string_view value) override;
  void erase(std::string_view call_id) override;
  std::vector<Entry> load() override;
  void finish(const management::v1::CallRecord& record) override;
  std::vector<management::v1::CallRecord> records(std::uint32_t last) override;

 private:
  SqliteJournal(Database database, CounterRegistry& registry, std::uint32_t max_records)
      : database_(std::move(database)), registry_(registry), max_records_(max_records) {
    registry_.add("journal", counts_.descriptions(), counts_.values());
  }
  bool prepare();
  int read_rows();
  int free_row(std::string_view call_id);
  void forget(std::string_view call_id);
  void after_write(int code, Count count, std::string_view what);
  int write_record(const management::v1::CallRecord& record);

  Database database_;
  CounterRegistry& registry_;
  CounterSet<kCountCount> counts_{kCounts};
  std::uint32_t max_records_;
  std::uint32_t since_trim_ = 0;
  std::unordered_map<std::string, std::int64_t> rows_;  // of live calls
  std::vector<std::int64_t> free_rows_;
  std::int64_t last_row_ = 0;
  std::unique_ptr<Statement> add_;
  std::unique_ptr<Statement> save_;
  std::unique_ptr<Statement> erase_;
  std::unique_ptr<Statement> load_;
  std::unique_ptr<Statement> add_record_;
  std::unique_ptr<Statement> trim_;
  std::unique_ptr<Statement> records_;
  std::unique_ptr<Statement> begin_;
  std::unique_ptr<Statement> commit_;
  std::unique_ptr<Statement> rollback_;
  std::unique_ptr<Flusher> flusher_;
};

// Beside the value, by which a record is read again, its columns: for whoever asks the file by SQL.
std::string add_record_sql() {
  std::string names = "value";
  std::string places = "?";
  for (const RecordColumn& column : record_columns()) {
    names += std::string(", ") + column.name;
    places += ", ?";
  }
  return "INSERT INTO record (" + names + ") VALUES (" + places + ")";
}

// A file of an earlier version lacks some columns: its records keep NULL there.
int add_missing_columns(Database& database) {
  for (const RecordColumn& column : record_columns()) {
    const std::string name = column.name;
    const std::string is_there =
        "SELECT count(*) FROM pragma_table_info('record') WHERE name = '" + name + "'";
    if (database.number(is_there.c_str(), 0) != 0) continue;
    const char* type = column.type == RecordColumn::Number ? " NUMERIC" : " TEXT";
    const int code = database.run(("ALTER TABLE record ADD COLUMN " + name + type).c_str());
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

bool SqliteJournal::prepare() {
  const auto make = [this](std::unique_ptr<Statement>& statement, std::string_view sql) {
    statement = Statement::prepare(database_, sql);
    return statement != nullptr;
  };
  return make(add_, "INSERT INTO call VALUES (?, 1, ?, ?)") &&
         make(save_, "UPDATE call SET is_live = 1, id = ?2, value = ?3 WHERE number = ?1") &&
         make(erase_, "UPDATE call SET is_live = 0 WHERE number = ?") &&
         make(load_, "SELECT id, value FROM call WHERE is_live") &&
         make(add_record_, add_record_sql()) &&
         make(trim_, "DELETE FROM record WHERE number <= (SELECT max(number) FROM record) - ?") &&
         make(records_, "SELECT value FROM record ORDER BY number DESC LIMIT ?") &&
         make(begin_, "BEGIN IMMEDIATE") && make(commit_, "COMMIT") && make(rollback_, "ROLLBACK");
}

Result<std::unique_ptr<Journal>> SqliteJournal::make(Database database, const std::string& path,
                                                     CounterRegistry& registry,
                                                     std::uint32_t max_records,
                                                     bool was_set_aside) {
  std::unique_ptr<SqliteJournal> journal(
      new SqliteJournal(std::move(database), registry, max_records));
  if (!journal->prepare() || journal->read_rows() != SQLITE_DONE)
    return Error{path, journal->database_.message()};
  if (was_set_aside) journal->counts_[kSetAside].add();
  if (path != ":memory:") {
    Result<Database> second = Database::open(path);
    if (!second) return second.error();
    second->run("PRAGMA synchronous = NORMAL");
    journal->flusher_ = std::make_unique<Flusher>(std::move(*second));
  }
  return std::unique_ptr<Journal>(std::move(journal));
}

void SqliteJournal::after_write(int code, Count count, std::string_view what) {
  if (code != SQLITE_OK) {
    counts_[count].add();
    log_error("journal", what, {{"reason", database_.message()}});
    return;
  }
  if (!flusher_) return;
  flusher_->note_write();
  const std::uint64_t failures = flusher_->failures();
  const std::uint64_t told = counts_[kFlushFailed].value();
  if (failures > told) {
    counts_[kFlushFailed].add(failures - told);
    log_error("journal", "cannot bring records to the disk");
  }
}

int SqliteJournal::read_rows() {
  const auto rows = Statement::prepare(database_, "SELECT number, is_live, id FROM call");
  if (!rows) return SQLITE_ERROR;
  int code = SQLITE_ROW;
  while ((code = rows->step()) == SQLITE_ROW) {
    const std::int64_t number = rows->number(0);
    last_row_ = std::max(last_row_, number);
    if (rows->number(1) != 0)
      rows_[rows->blob(2)] = number;
    else
      free_rows_.push_back(number);
  }
  return code;
}

void SqliteJournal::save(std::string_view call_id, std::string_view value) {
  const auto [row, is_new] = rows_.try_emplace(std::string(call_id), 0);
  bool is_added = false;
  if (is_new && free_rows_.empty()) {
    is_added = true;
    row->second = ++last_row_;
  } else if (is_new) {
    row->second = free_rows_.back();
    free_rows_.pop_back();
  }
  Statement& write = is_added ? *add_ : *save_;
  write.bind_number(1, row->second);
  write.bind_text(2, call_id);
  write.bind_blob(3, value);
  const int code = write.run();
  after_write(code, kSaveFailed, "cannot save a call");
  if (code == SQLITE_OK || !is_new) return;
  if (!is_added) free_rows_.push_back(row->second);
  rows_.erase(row);
}

// The row stays the call's own until the database has freed it.
int SqliteJournal::free_row(std::string_view call_id) {
  const auto row = rows_.find(std::string(call_id));
  if (row == rows_.end()) return SQLITE_OK;
  erase_->bind_number(1, row->second);
  return erase_->run();
}

void SqliteJournal::forget(std::string_view call_id) {
  const auto row = rows_.find(std::string(call_id));
  if (row == rows_.end()) return;
  free_rows_.push_back(row->second);
  rows_.erase(row);
}

void SqliteJournal::erase(std::string_view call_id) {
  const int code = free_row(call_id);
  if (code == SQLITE_OK) forget(call_id);
  after_write(code, kSaveFailed, "cannot erase a call");
}

std::vector<Journal::Entry> SqliteJournal::load() {
  std::vector<Entry> entries;
  int code = SQLITE_ROW;
  while ((code = load_->step()) == SQLITE_ROW)
    entries.push_back(Entry{load_->blob(0), load_->blob(1)});
  load_->reset();
  if (code != SQLITE_DONE) {
    counts_[kReadFailed].add();
    log_error("journal", "cannot read all calls", {{"reason", sqlite3_errstr(code)}});
  }
  return entries;
}

int SqliteJournal::write_record(const management::v1::CallRecord& record) {
  const std::string value = record.SerializeAsString();
  int code = free_row(record.id());
  if (code != SQLITE_OK) return code;
  std::vector<std::string> texts;  // stay until the step is done
  for (const RecordColumn& column : record_columns()) texts.push_back(column.value(record));
  add_record_->bind_blob(1, value);
  // What is not known stays NULL.
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (!texts[i].empty()) add_record_->bind_text(static_cast<int>(i) + 2, texts[i]);
  code = add_record_->run();
  if (code != SQLITE_OK || ++since_trim_ < std::min(kTrimEvery, max_records_)) return code;
  since_trim_ = 0;
  trim_->bind_number(1, max_records_);
  return trim_->run();
}

void SqliteJournal::finish(const management::v1::CallRecord& record) {
  int code = begin_->run();
  if (code == SQLITE_OK) code = write_record(record);
  if (code == SQLITE_OK) code = commit_->run();
  if (code == SQLITE_OK) forget(record.id());
  after_write(code, kFinishFailed, "cannot write the record of a call");
  // After some errors SQLite has rolled back by itself.
  if (code != SQLITE_OK && sqlite3_get_autocommit(database_.handle()) == 0) rollback_->run();
}

std::vector<management::v1::CallRecord> SqliteJournal::records(std::uint32_t last) {
  std::vector<management::v1::CallRecord> found;
  records_->bind_number(1, last);
  int code = SQLITE_ROW;
  while ((code = records_->step()) == SQLITE_ROW) {
    management::v1::CallRecord record;
    if (record.ParseFromString(records_->blob(0)))
      found.push_back(std::move(record));
    else
      counts_[kUnreadableRecord].add();
  }
  records_->reset();
  if (code != SQLITE_DONE) counts_[kReadFailed].add();
  return found;
}

// Opens the file and brings it to our schema. With is_foreign the file can be read, but not by us.
struct Opened {
  std::optional<Database> database;
  std::string reason;
  bool is_foreign = false;
  std::int64_t schema = 0;  // of another version, if it is that
};

bool is_damage(int code) {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
}

Opened open_database(const std::string& path) {
  Result<Database> result = Database::open(path);
  if (!result) return {std::nullopt, result.error().message, false};
  Database& database = *result;
  const auto failed = [&](int code) {
    return Opened{std::nullopt, database.message(), is_damage(code)};
  };
  // NORMAL: a commit is a write into the page cache; only the flusher's checkpoint waits for the
  // disk, which is why the writer makes none.
  int code = database.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA busy_timeout = 200; PRAGMA cache_size = -8192");
  if (code != SQLITE_OK) return failed(code);
  const std::int64_t version = database.number("PRAGMA user_version", -1);
  if (version == 0) {
    code = database.run((std::string("BEGIN; ") + kSchema + "; COMMIT").c_str());
    if (code != SQLITE_OK) return failed(code);
  } else if (version != kSchemaVersion) {
    return {std::nullopt, "written by another version: schema " + std::to_string(version), true,
            version};
  }
  code = add_missing_columns(database);
  if (code != SQLITE_OK) return failed(code);
  // Reads every page of the calls, which must all be there; records may be damaged one by one.
  code = database.run("SELECT sum(length(value)) FROM call");
  if (code != SQLITE_OK) return failed(code);
  return {std::move(database), {}, false};
}

void rename_database(const std::string& from, const std::string& to) {
  for (const char* suffix : {"-wal", "-shm", ""}) {
    std::error_code ignored;
    std::filesystem::rename(from + suffix, to + suffix, ignored);
  }
}

std::string name_of_schema(const std::string& path, std::int64_t schema) {
  return path + ".schema-" + std::to_string(schema);
}

// The file of another version, which may come back, is kept for it; what was kept for this one is back.
void set_aside(const std::string& path, std::int64_t schema) {
  if (schema <= 0) return rename_database(path, path + ".broken");
  rename_database(path, name_of_schema(path, schema));
  rename_database(name_of_schema(path, kSchemaVersion), path);
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, CounterRegistry& counters,
                                               std::uint32_t max_records) {
  Opened opened = open_database(path);
  const bool is_broken = !opened.database && opened.is_foreign;
  if (is_broken) {
    log_error("journal", "cannot read the journal: set aside, calls before are not resumed",
              {{"file", path}, {"reason", opened.reason}});
    set_aside(path, opened.schema);
    opened = open_database(path);
  }
  if (!opened.database) return Error{path, opened.reason};
  return SqliteJournal::make(std::move(*opened.database), path, counters, max_records, is_broken);
}

}  // namespace junctor::cp
