// SPDX-License-Identifier: MIT
// History: the lines of earlier sessions, in a file that its owner alone can read.
//
// Threads   the session's thread. Several sessions may write one file: each appends whole lines.
// Errors    a history that cannot be read or written is done without; nothing depends on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::console {

class HistoryFile {
 public:
  // An empty path is no file.
  HistoryFile(std::string path, std::size_t most_lines);

  // The last lines, oldest first. A file twice as long as wanted is cut.
  std::vector<std::string> load() const;
  void append(std::string_view line) const;

 private:
  std::string path_;
  std::size_t most_lines_;
};

}  // namespace junctor::console
