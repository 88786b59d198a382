// SPDX-License-Identifier: MIT
// Journal: what must outlive junctor-control: established calls, and the records of ended ones.
// SQLite in one file.
//
//   save, erase, finish --> WAL file (page cache) --Flusher, twice a second--> disk
//
// A call is stored as one opaque value, written when it is established and at each change that a
// resumed call must know (CSeq, SDP version, hold, remote target). A write is durable against the
// death of the process when save() returns; against a power cut it need not be, since the calls
// would be gone too. Records of ended calls are durable against both within a second.
//
// Threads   the control loop's; a thread of its own waits for the disk, so the loop never does.
// Errors    a full disk or a broken file is counted and logged, and stops no call: the call then
//           lives without a safety net. A file that cannot be read is set aside (renamed with
//           .broken) and a new one begun. One of another version (.schema-N) waits for that version.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "management/v1/management.pb.h"
#include "platform/base/result.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Journal {
 public:
  // The newest records that are kept; older ones go.
  static constexpr std::uint32_t kMaxRecords = 100'000;

  // The path ":memory:" is a journal that outlives nothing, for when there is no disk to write to.
  static Result<std::unique_ptr<Journal>> open(const std::string& path, CounterRegistry& counters,
                                               std::uint32_t max_records = kMaxRecords);
  virtual ~Journal() = default;

  virtual void save(std::string_view call_id, std::string_view value) = 0;
  virtual void erase(std::string_view call_id) = 0;
  struct Entry {
    std::string call_id;
    std::string value;
  };
  virtual std::vector<Entry> load() = 0;

  // Erases the call and keeps its record, in one transaction.
  virtual void finish(const junctor::management::v1::CallRecord& record) = 0;
  // The newest first, in the order in which calls were finished.
  virtual std::vector<junctor::management::v1::CallRecord> records(std::uint32_t last) = 0;
};

}  // namespace junctor::cp
