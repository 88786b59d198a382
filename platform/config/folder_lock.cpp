// SPDX-License-Identifier: MIT
#include "platform/config/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace junctor::config {

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Error{folder, std::strerror(errno)};
  std::unique_ptr<FolderLock> lock(new FolderLock(fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK)
    return Error{folder, "another junctor-control works with this configuration"};
  return Error{folder, std::strerror(errno)};
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace junctor::config
