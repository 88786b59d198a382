// SPDX-License-Identifier: MIT
#include "controlplane/journal/database.hpp"

namespace junctor::cp {

Result<Database> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return Error{path, sqlite3_errstr(code)};
  sqlite3_extended_result_codes(handle, 0);
  return database;
}

int Database::run(const char* sql) {
  return sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
}

std::int64_t Database::number(const char* sql, std::int64_t fallback) {
  const auto statement = Statement::prepare(*this, sql);
  if (!statement || statement->step() != SQLITE_ROW) return fallback;
  return statement->number(0);
}

std::unique_ptr<Statement> Statement::prepare(Database& database, std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return nullptr;
  return std::unique_ptr<Statement>(new Statement(handle));
}

void Statement::bind_text(int index, std::string_view text) {
  sqlite3_bind_text64(handle_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_blob(int index, std::string_view blob) {
  sqlite3_bind_blob64(handle_.get(), index, blob.data(), blob.size(), SQLITE_STATIC);
}

void Statement::bind_number(int index, std::int64_t number) {
  sqlite3_bind_int64(handle_.get(), index, number);
}

std::string Statement::blob(int column) {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return {static_cast<const char*>(data == nullptr ? "" : data), static_cast<std::size_t>(size)};
}

std::int64_t Statement::number(int column) { return sqlite3_column_int64(handle_.get(), column); }

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

int Statement::run() {
  const int code = step();
  reset();
  return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

}  // namespace junctor::cp
