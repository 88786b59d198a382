// SPDX-License-Identifier: MIT
// Commands about the files of the export folder, and how those that write one say so.
//
// Threads   the session's.
// Lifetime  the folder outlives rows made from it.
#pragma once

#include <string>
#include <vector>

#include "platform/cli/commands.hpp"
#include "platform/cli/export_folder.hpp"

namespace junctor::cli {

std::vector<CommandRow> file_commands(const GatewayLink& link,
                                      const ExportFolder& files);  // show files, delete file

// The files by name, each with its size and when it was written: for Tab and ?.
std::vector<console::Candidate> file_values(const ExportFolder& files);
// Keeps the file, and prints its whole path and size.
console::Outcome keep(NewFile& file, const console::Command& command, console::Sink& out);
// Whether who sits there may do what this role may; otherwise why not.
Result<void> require(const GatewayLink& link, config::v1::Role least);
// What a line ends with behind the file's name, which is the word of this number: "... force".
inline bool is_forced(const console::Command& command, std::size_t name) {
  return command.words.size() > name + 1 && command.words.back() == "force";
}

}  // namespace junctor::cli
