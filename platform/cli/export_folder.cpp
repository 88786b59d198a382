// SPDX-License-Identifier: MIT
#include "platform/cli/export_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>

#include "platform/cli/units.hpp"

namespace junctor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostName = 100;
// What is being written is called so; no name that a person may give begins with a dot.
constexpr std::string_view kTemporary = ".junctor-";

bool is_temporary(const std::string& name) { return name.starts_with(kTemporary); }

bool is_path(const std::string& name) { return name.find('/') != std::string::npos; }

// Letters, digits and signs that no shell and no terminal takes for something else.
Result<void> check_name(const std::string& name) {
  const auto is_good = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("._-+@=,").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (name.empty() || name.size() > kMostName)
    return Error{"", "a name of a file has 1 to " + std::to_string(kMostName) + " characters"};
  if (name.front() == '.' || name.front() == '-')
    return Error{name, "a name of a file begins with a letter or a digit"};
  if (!std::ranges::all_of(name, is_good))
    return Error{name, "a name of a file has only letters, digits, and . _ - + @ = ,"};
  return {};
}

std::uint64_t milliseconds_of(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1'000'000;
}

// Opens a file that is not there yet, and locks it: who can lock one knows that nobody writes it.
int open_temporary(const std::string& folder, std::string& path) {
  for (unsigned i = 0;; ++i) {
    path =
        folder + "/" + std::string(kTemporary) + std::to_string(getpid()) + "-" + std::to_string(i);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return fd;
    struct stat about {};
    // Another console may have taken it for a left one between the two calls.
    if (flock(fd, LOCK_EX) == 0 && fstat(fd, &about) == 0 && about.st_nlink > 0) return fd;
    close(fd);
  }
}

}  // namespace

Result<std::string> ExportFolder::place(const std::string& name) const {
  if (is_path(name)) {
    if (takes_paths_) return name;
    return Error{name, "here a file has a name without a slash, and lies in " + path_};
  }
  if (auto checked = check_name(name); !checked) return checked.error();
  return path_ + "/" + name;
}

Result<void> ExportFolder::make() const {
  // With the group of its folder; the image has made it by then (rootfs/units/junctor.tmpfiles).
  if (mkdir(path_.c_str(), 0770) == 0 || errno == EEXIST) return {};
  return Error{path_, std::strerror(errno)};
}

void ExportFolder::sweep() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    if (!is_temporary(entry.path().filename())) continue;
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlink(entry.path().c_str());
    close(fd);
  }
}

std::uint64_t ExportFolder::used() const {
  std::uint64_t all = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    struct stat about {};
    if (lstat(entry.path().c_str(), &about) == 0 && S_ISREG(about.st_mode))
      all += static_cast<std::uint64_t>(about.st_size);
  }
  return all;
}

Result<std::unique_ptr<NewFile>> ExportFolder::create(const std::string& name, bool overwrites,
                                                      For readers) const {
  const auto path = place(name);
  if (!path) return path.error();
  std::unique_ptr<NewFile> file(new NewFile);
  file->path_ = *path;
  file->overwrites_ = overwrites;
  file->folder_ = *this;
  file->is_of_folder_ = !is_path(name);
  file->most_octets_ = std::numeric_limits<std::uint64_t>::max();
  if (file->is_of_folder_) {
    if (auto made = make(); !made) return made.error();
    sweep();
    const std::uint64_t now = used();
    file->most_octets_ = now < most_octets_ ? most_octets_ - now : 0;
  }
  struct stat about {};
  if (lstat(path->c_str(), &about) == 0) {
    if (!overwrites) return file->error(EEXIST);
    if (!S_ISREG(about.st_mode)) return Error{*path, "is no plain file, and is not overwritten"};
  }
  const std::string parent = fs::path(*path).parent_path();
  file->fd_ = open_temporary(parent.empty() ? "." : parent, file->temporary_);
  if (file->fd_ < 0) return file->error(errno);
  const bool is_shared = readers == For::Operators && file->is_of_folder_;
  if (fchmod(file->fd_, is_shared ? 0640 : 0600) != 0) return file->error(errno);
  return file;
}

std::vector<ExportFolder::File> ExportFolder::list() const {
  std::vector<File> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error))
    if (auto file = find(entry.path().filename())) all.push_back(std::move(*file));
  std::ranges::sort(all, {}, &File::name);
  return all;
}

std::vector<std::string> ExportFolder::names() const {
  std::vector<std::string> all;
  for (File& file : list()) all.push_back(std::move(file.name));
  return all;
}

Result<ExportFolder::File> ExportFolder::find(const std::string& name) const {
  if (auto checked = check_name(name); !checked) return checked.error();
  struct stat about {};
  if (lstat((path_ + "/" + name).c_str(), &about) != 0 || !S_ISREG(about.st_mode))
    return Error{name, "there is no such file in " + path_};
  return File{name, static_cast<std::uint64_t>(about.st_size), milliseconds_of(about.st_mtim),
              (about.st_mode & S_IRGRP) != 0 ? For::Operators : For::Admins};
}

Result<int> ExportFolder::open(const std::string& name) const {
  if (auto found = find(name); !found) return found.error();
  const int fd =
      ::open((path_ + "/" + name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return Error{name, std::strerror(errno)};
  return fd;
}

Result<void> ExportFolder::remove(const std::string& name) const {
  if (auto found = find(name); !found) return found.error();
  if (unlink((path_ + "/" + name).c_str()) != 0) return Error{name, std::strerror(errno)};
  return {};
}

Result<ExportFolder::Space> ExportFolder::space() const {
  struct statvfs disk {};
  // Before the first file there is no folder; its disk is that of the one above.
  if (statvfs(path_.c_str(), &disk) != 0 &&
      statvfs(fs::path(path_).parent_path().c_str(), &disk) != 0)
    return Error{path_, std::strerror(errno)};
  return Space{used(), most_octets_, std::uint64_t{disk.f_bavail} * disk.f_frsize};
}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Error NewFile::error(int number) const {
  if (number == EEXIST) return Error{path_, "is there already; the word force overwrites it"};
  if (number == ENOSPC || number == EDQUOT)
    return Error{path_, "the disk is full; nothing is written"};
  return Error{path_, std::strerror(number)};
}

Error NewFile::full() const {
  return Error{path_, "all files there may have " + octets_text(folder_.most_octets_) +
                          " together; delete file NAME makes room"};
}

Result<void> NewFile::write(std::string_view octets) {
  if (octets.size() > most_octets_ - octets_) return full();
  while (!octets.empty()) {
    const ssize_t n = ::write(fd_, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error(errno);
    octets.remove_prefix(static_cast<std::size_t>(n));
    octets_ += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<void> NewFile::keep() {
  // Only now a disk may say that it has no place for what it took.
  if (fsync(fd_) != 0) return error(errno);
  // Another console may have written meanwhile.
  if (is_of_folder_ && folder_.used() > folder_.most_octets_) return full();
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(),
                overwrites_ ? 0 : RENAME_NOREPLACE) != 0)
    return error(errno);
  temporary_.clear();
  return {};
}

}  // namespace junctor::cli
