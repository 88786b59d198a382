// SPDX-License-Identifier: MIT
// Database, Statement: the little of SQLite that the journal needs, with its handles owned.
//
// Threads   one thread for each Database.
// Lifetime  statements end before their database.
// Errors    SQLite's result codes, with the text that belongs to them.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"

namespace junctor::cp {

class Database {
 public:
  static Result<Database> open(const std::string& path);

  // Runs statements that give no rows; SQLITE_OK or what went wrong.
  int run(const char* sql);
  // The integer in the first column of the first row; fallback if there is none.
  std::int64_t number(const char* sql, std::int64_t fallback);
  const char* message() const { return sqlite3_errmsg(handle_.get()); }
  sqlite3* handle() { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement that is used again and again.
class Statement {
 public:
  // Null if the SQL does not fit the schema: then the file is not ours.
  static std::unique_ptr<Statement> prepare(Database& database, std::string_view sql);

  // Parameters count from 1. Views must stay until reset().
  void bind_text(int index, std::string_view text);
  void bind_blob(int index, std::string_view blob);
  void bind_number(int index, std::int64_t number);
  // SQLITE_ROW, SQLITE_DONE, or what went wrong.
  int step() { return sqlite3_step(handle_.get()); }
  std::string blob(int column);  // of the row, from 0; text as well
  std::int64_t number(int column);
  void reset();
  // One step of a statement without rows, then reset(); SQLITE_OK or what went wrong.
  int run();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace junctor::cp
