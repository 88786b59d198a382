// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/capture_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace junctor::cp {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kSuffix = ".pcapng";
constexpr int kTries = 10;  // captures that start in one second

// "20261121-204200", UTC; names in the order of time.
std::string time_name(Nanoseconds wall) {
  const time_t seconds = static_cast<time_t>(wall / Seconds{1});
  struct tm parts {};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts)};
}

bool is_name(const std::string& name) {
  return name.ends_with(kSuffix) && name.find('/') == std::string::npos && name.front() != '.';
}

}  // namespace

std::vector<std::string> CaptureFolder::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, error))
    if (is_name(entry.path().filename())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> CaptureFolder::make(Nanoseconds wall) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) return Error{path_, error.message()};
  const std::string base = (fs::absolute(path_) / time_name(wall)).string();
  for (int i = 0; i < kTries; ++i) {
    const std::string path = base + (i == 0 ? "" : "_" + std::to_string(i)) + std::string(kSuffix);
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return Error{path, std::strerror(errno)};
    // The dataplane fills it, as a member of the group.
    fchmod(fd, 0660);
    close(fd);
    return path;
  }
  return Error{base, "too many captures at once"};
}

void CaptureFolder::forget_old() {
  const std::vector<std::string> all = names();
  std::error_code error;
  for (std::size_t old = 0; old + kKept < all.size(); ++old)
    fs::remove(fs::path(path_) / all[old], error);
}

void CaptureFolder::remove(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
}

std::string CaptureFolder::newest() const {
  const std::vector<std::string> all = names();
  return all.empty() ? "" : all.back();
}

std::uint64_t CaptureFolder::size(const std::string& name) const {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(fs::path(path_) / name, error);
  return error ? 0 : size;
}

Result<CaptureFolder::Piece> CaptureFolder::read(const std::string& name,
                                                 std::uint64_t offset) const {
  const Error missing{"", "there is no capture " + name};
  if (name.empty() || !is_name(name)) return missing;
  const int fd = open((path_ + "/" + name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return missing;
  Piece piece;
  struct stat about {};
  if (fstat(fd, &about) == 0) piece.size = static_cast<std::uint64_t>(about.st_size);
  piece.octets.resize(kPiece);
  const ssize_t n =
      offset > piece.size ? 0 : pread(fd, piece.octets.data(), kPiece, static_cast<off_t>(offset));
  close(fd);
  if (n < 0) return Error{name, std::strerror(errno)};
  piece.octets.resize(static_cast<std::size_t>(n));
  return piece;
}

}  // namespace junctor::cp
