// SPDX-License-Identifier: MIT
// RecordFiles: call records as CSV files (RFC 4180), for billing and spreadsheets.
//
//   journal --record--> DIR/records.csv --full--> DIR/records-20260131-120000.csv, the oldest go
//
// A record is one write of one whole line, after the journal has it; what a death of the process
// left out is added from the journal at the next start, and half a line (of a power cut) is taken
// away first. The first line names the columns.
//
// Threads   the control loop's; a write goes to the page cache.
// Errors    a file that cannot be written is counted and logged; the record is still in the journal,
//           and comes to the file when it can be written again, or at the next start.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/journal/journal.hpp"
#include "platform/base/clock.hpp"

namespace junctor::cp {

// The columns, and one record as a line; both end with a line feed.
std::string csv_header();
std::string csv_line(const management::v1::CallRecord& record);

struct RecordFilesConfig {
  std::string directory;
  std::uint64_t max_bytes = std::uint64_t{16} << 20;  // of a file; then the next is begun
  std::uint32_t keep = 30;                            // full files
};

// A journal whose records also go to files.
std::unique_ptr<Journal> with_record_files(std::unique_ptr<Journal> journal,
                                           RecordFilesConfig config, const Clock& clock,
                                           CounterRegistry& counters);

}  // namespace junctor::cp
