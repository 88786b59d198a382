// SPDX-License-Identifier: MIT
// The texts of the store's files, written and read. What is read may have been edited by hand.
//
// Threads   pure functions.
// Errors    name the file, the line where it is known, and the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/config/store.hpp"

namespace junctor::config {

// running.json: a line that names the revision, and the configuration.
std::string write_running(std::uint32_t revision, const v1::Config& config);
std::optional<std::uint32_t> read_running_revision(std::string_view text);

// revisions/000043.json. All but the configuration stands before it, and is read without it.
std::string write_revision(const Revision& revision, const v1::Config& config);
Result<Revision> read_revision(std::string_view text, const std::string& file);
Parsed read_revision_config(std::string_view text);

// pending.json.
struct PendingFile {
  std::uint32_t revision = 0;
  std::uint32_t return_to = 0;
  Seconds window{0};
  Milliseconds deadline{0};  // by Clock::wall()
};
std::string write_pending_file(const PendingFile& pending);
Result<PendingFile> read_pending_file(std::string_view text, const std::string& file);

// A file is written under this name beside its own, and takes its place when it is whole. What it
// replaces, and what is dropped, has this name until it is written over and removed.
inline constexpr std::string_view kFresh = ".new";
std::string fresh_name(const std::string& path);
bool is_fresh(std::string_view path);
std::string parent_of(const std::string& path);

// "10 minutes", "90 seconds"
std::string window_text(Seconds window);

// "000043.json"
std::string revision_file_name(std::uint32_t revision);
std::optional<std::uint32_t> revision_of_file_name(std::string_view name);

// A text of whoever wrote it: its control characters escaped, and no longer than that many octets
// ("..." at its end if it was cut). The same again when done twice.
std::string printable(std::string_view text, std::size_t max);

}  // namespace junctor::config
