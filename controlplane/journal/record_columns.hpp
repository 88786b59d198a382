// SPDX-License-Identifier: MIT
// What a call record says, as columns: of the CSV files, and of the table `record` in SQLite.
//
// Threads   pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "management/v1/management.pb.h"

namespace junctor::cp {

struct RecordColumn {
  enum Type : std::uint8_t { Text, Number };
  const char* name;
  Type type;
  std::string (*value)(const management::v1::CallRecord& record);  // empty: not known
};
// New ones come at the end.
std::span<const RecordColumn> record_columns();

// In UTC, with milliseconds (RFC 3339); empty for 0.
std::string record_time(std::uint64_t unix_ms);

}  // namespace junctor::cp
