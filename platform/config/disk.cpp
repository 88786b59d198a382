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
  // Some file systems say only here that there was no room.
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

}  // namespace

Result<std::optional<std::string>> SystemDisk::read(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return failed(path);
  }
  std::string text;
  char part[65536];
  for (;;) {
    const ssize_t got = ::read(file.fd(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path);
    if (got == 0) return std::optional<std::string>(std::move(text));
    text.append(part, static_cast<std::size_t>(got));
    if (text.size() > kMaxFile) return Error{path, "is larger than 32 MiB"};
  }
}

Result<void> SystemDisk::write_whole(const std::string& path, std::string_view text) {
  File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) return failed(path);
  while (!text.empty()) {
    const ssize_t put = ::write(file.fd(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed(path);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (!file.close()) return failed(path);
  return {};
}

Result<void> SystemDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed(to);
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
