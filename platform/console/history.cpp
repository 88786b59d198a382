// SPDX-License-Identifier: MIT
#include "platform/console/history.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include "platform/console/words.hpp"

namespace junctor::console {
namespace {

constexpr mode_t kOwnerOnly = 0600;

// Writes lines to a file that nobody else may read, also if it was there before.
bool write_to(const std::string& path, int flags, const std::string& text) {
  const int fd =
      open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (fd < 0) return false;
  const bool is_good = fchmod(fd, kOwnerOnly) == 0 &&
                       write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return is_good;
}

}  // namespace

HistoryFile::HistoryFile(std::string path, std::size_t most_lines)
    : path_(std::move(path)), most_lines_(most_lines) {}

std::vector<std::string> HistoryFile::load() const {
  std::vector<std::string> lines;
  if (path_.empty()) return lines;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    // What no session would have written is not taken for one's own line.
    const Split taken = split(line);
    if (!line.empty() && (!taken.mistake || taken.is_in_quotes)) lines.push_back(std::move(line));
  }
  if (lines.size() <= most_lines_) return lines;
  const bool is_long = lines.size() > 2 * most_lines_;
  lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most_lines_));
  if (!is_long) return lines;
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const std::string next = path_ + ".new";
  if (write_to(next, O_TRUNC, text)) std::rename(next.c_str(), path_.c_str());
  return lines;
}

void HistoryFile::append(std::string_view line) const {
  if (!path_.empty()) write_to(path_, O_APPEND, std::string(line) + "\n");
}

}  // namespace junctor::console
