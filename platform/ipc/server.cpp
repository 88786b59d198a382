// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "platform/ipc/channel.hpp"
#include "platform/ipc/unix_socket.hpp"

namespace junctor::ipc {
namespace {

// Holds the folder of a socket while it is looked at and replaced, so that two starting processes
// do not both take the other's fresh socket for a stale one.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    fd_ = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ >= 0) flock(fd_, LOCK_EX);
  }
  ~FolderLock() {
    if (fd_ >= 0) close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) return Error{path, "exists and is no socket"};
  const UniqueFd probe(unix_socket());
  if (!probe) return Error{path, std::strerror(errno)};
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    return Error{path, "another process listens there"};
  }
  if (errno != ECONNREFUSED) return Error{path, std::strerror(errno)};
  if (unlink(path.c_str()) != 0) return Error{path, std::strerror(errno)};
  return {};
}

class UnixServer final : public Server {
 public:
  UnixServer(Loop& loop, UniqueFd fd, std::string path, Limits limits, OnConnection on_connection)
      : loop_(loop),
        path_(std::move(path)),
        limits_(limits),
        on_connection_(std::make_shared<OnConnection>(std::move(on_connection))),
        fd_(std::move(fd)) {
    stat(path_.c_str(), &file_);
    watch();
  }
  ~UnixServer() override {
    struct stat now {};
    const bool is_ours =
        lstat(path_.c_str(), &now) == 0 && now.st_dev == file_.st_dev && now.st_ino == file_.st_ino;
    if (is_ours) unlink(path_.c_str());
  }

 private:
  void watch() {
    watch_ = loop_.watch(fd_.get(), Loop::kRead, [this](std::uint8_t) { accept_one(); });
  }
  // One a turn: the callback may destroy this server.
  void accept_one() {
    const int fd = accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const auto on_connection = on_connection_;
      (*on_connection)(std::make_unique<Channel>(loop_, fd, limits_));
      return;
    }
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    // Out of descriptors or memory: the connection stays in the backlog, and a watch would spin on
    // it.
    counters()[kAcceptFailed].add();
    watch_.reset();
    pause_ = loop_.after(Milliseconds{100}, [this] { watch(); });
  }

  // Given.
  Loop& loop_;
  const std::string path_;
  const Limits limits_;
  // Owned.
  std::shared_ptr<OnConnection> on_connection_;
  UniqueFd fd_;
  HandlePtr watch_;
  HandlePtr pause_;
  // State.
  struct stat file_ {};
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(Loop& loop, const std::string& path, unsigned mode,
                                               Limits limits, OnConnection on_connection) {
  const auto address = unix_address(path);
  if (!address) return Error{path, "is too long for the path of a socket"};
  const FolderLock lock(path);
  if (const auto removed = remove_stale(path, *address); !removed) return removed.error();
  UniqueFd fd(unix_socket());
  // Until listen() nobody can connect, so that the mode holds from the first connection on.
  if (!fd || bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      chmod(path.c_str(), static_cast<mode_t>(mode)) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) {
    return Error{path, std::strerror(errno)};
  }
  return std::unique_ptr<Server>(
      std::make_unique<UnixServer>(loop, std::move(fd), path, limits, std::move(on_connection)));
}

}  // namespace junctor::ipc
