// SPDX-License-Identifier: MIT
#include "platform/config/disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace junctor::config {
namespace {

Error failed(const std::string& path) { return Error{path, std::strerror(errno)}; }

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t put = ::write(fd_, text.data(), text.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  // Some file systems say only here that there was no room.
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

Result<void> read_all(const File& file, const std::string& path, std::string& text) {
  char part[65536];
  for (;;) {
    const ssize_t got = ::read(file.fd(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path);
    if (got == 0) return {};
    text.append(part, static_cast<std::size_t>(got));
    if (text.size() > SystemDisk::kMaxFile) return Error{path, "is larger than 32 MiB"};
  }
}

// Then it may have been written over while it was read.
bool is_replaced(const File& file, const std::string& path) {
  struct stat read {};
  struct stat named {};
  if (::fstat(file.fd(), &read) != 0) return false;
  if (::stat(path.c_str(), &named) != 0) return errno == ENOENT;
  return read.st_dev != named.st_dev || read.st_ino != named.st_ino;
}

}  // namespace

Result<std::optional<std::string>> SystemDisk::read(const std::string& path) {
  constexpr int kMostTries = 100;  // there may be file systems that never tell the same twice
  for (int tries = 1;; ++tries) {
    const File file(path, O_RDONLY);
    if (!file.is_open()) {
      if (errno == ENOENT) return std::optional<std::string>{};
      return failed(path);
    }
    std::string text;
    if (auto all = read_all(file, path, text); !all) return all.error();
    if (!is_replaced(file, path) || tries == kMostTries)
      return std::optional<std::string>(std::move(text));
  }
}

Result<void> SystemDisk::write_whole(const std::string& path, std::string_view text) {
  File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) return failed(path);
  if (!file.write(text) || !file.close()) return failed(path);
  return {};
}

Result<void> SystemDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed(to);
  return {};
}

Result<bool> SystemDisk::exchange(const std::string& from, const std::string& to) {
  struct stat is {};
  if (::lstat(to.c_str(), &is) == 0 && S_ISDIR(is.st_mode)) {
    errno = EISDIR;
    return failed(to);
  }
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno != ENOENT && errno != EINVAL && errno != ENOSYS) return failed(to);
  if (auto renamed = rename(from, to); !renamed) return renamed.error();
  return false;
}

Result<void> SystemDisk::write_over(const std::string& path) {
  File file(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file.is_open() && errno == ENOENT) return {};
  struct stat is {};
  if (!file.is_open() || ::fstat(file.fd(), &is) != 0) return failed(path);
  if (!S_ISREG(is.st_mode)) return Error{path, "is no plain file"};
  if (is.st_nlink > 1) return {};
  const std::string zeros(65536, '\0');
  auto left = static_cast<std::size_t>(is.st_size);
  while (left > 0) {
    const std::size_t part = std::min(left, zeros.size());
    if (!file.write(std::string_view(zeros).substr(0, part))) return failed(path);
    left -= part;
  }
  if (!file.close()) return failed(path);
  return {};
}

Result<void> SystemDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path);
  return {};
}

Result<void> SystemDisk::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return failed(path);
  return {};
}

Result<bool> SystemDisk::exists(const std::string& path) {
  struct stat is {};
  if (::lstat(path.c_str(), &is) == 0) return true;
  if (errno == ENOENT) return false;
  return failed(path);
}

Result<std::vector<std::string>> SystemDisk::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), &::closedir);
  if (open == nullptr) return failed(directory);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr && errno != 0) return failed(directory);
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<void> SystemDisk::sync(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) return failed(path);
  // EINVAL: the file system has nothing to wait for here, as with directories on some.
  if (::fsync(file.fd()) != 0 && errno != EINVAL) return failed(path);
  return {};
}

}  // namespace junctor::config
