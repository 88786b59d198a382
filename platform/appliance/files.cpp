// SPDX-License-Identifier: MIT
#include "platform/appliance/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace junctor::appliance {
namespace {

// A file's content, or the names in a folder.
bool sync_path(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool is_done = fsync(fd) == 0;
  close(fd);
  return is_done;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<void> replace_file(const std::string& path, const std::string& content) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << content;
    file.flush();
    if (!file) return Error{path, "cannot be written"};
  }
  if (!sync_path(fresh)) return Error{path, "cannot be written"};
  std::filesystem::rename(fresh, path, error);
  if (error) return Error{path, error.message()};
  if (!sync_path(folder)) return Error{path, "cannot be written"};
  return {};
}

}  // namespace junctor::appliance
