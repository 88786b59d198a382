// SPDX-License-Identifier: MIT
#include "platform/board/host.hpp"

#include <fcntl.h>
#include <grp.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace junctor::board {
namespace {

Error error_of(const std::string& path) { return Error{path, std::strerror(errno)}; }

Result<void> write_all(int fd, const std::string& path, std::string_view text) {
  const ssize_t done = ::write(fd, text.data(), text.size());
  const int reason = done < 0 ? errno : ENOSPC;
  const bool whole = done == static_cast<ssize_t>(text.size());
  if (::close(fd) == 0 && whole) return {};
  return Error{path, std::strerror(whole ? errno : reason)};
}

}  // namespace

std::optional<std::string> Host::read(const std::string& path) const {
  std::ifstream file(path_of(path), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.is_open() || file.bad()) return std::nullopt;
  std::string out = text.str();
  out.resize(out.find_last_not_of(" \n\t") + 1);
  return out;
}

std::optional<std::uint64_t> Host::read_number(const std::string& path) const {
  const auto text = read(path);
  if (!text) return std::nullopt;
  const bool is_hex = text->starts_with("0x");
  const char* begin = text->data() + (is_hex ? 2 : 0);
  const char* end = text->data() + text->size();
  std::uint64_t value = 0;
  const auto [at, error] = std::from_chars(begin, end, value, is_hex ? 16 : 10);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

bool Host::exists(const std::string& path) const {
  std::error_code ignored;
  return std::filesystem::exists(path_of(path), ignored);
}

std::string Host::link_name(const std::string& path) const {
  std::error_code none;
  const auto target = std::filesystem::read_symlink(path_of(path), none);
  return none ? "" : target.filename().string();
}

std::vector<std::string> Host::list(const std::string& folder) const {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(path_of(folder), none))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> Host::write(const std::string& path, std::string_view text) {
  const int fd = ::open(path_of(path).c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC);
  if (fd < 0) return error_of(path);
  return write_all(fd, path, text);
}

Result<void> Host::replace(const std::string& path, std::string_view text, unsigned mode) {
  const std::string target = path_of(path);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(target).parent_path(), error);
  const std::string fresh = target + ".new";
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL, mode);
  if (fd < 0) return error_of(path);
  if (::fchmod(fd, mode) != 0) {  // whatever the umask is
    const Error reason = error_of(path);
    ::close(fd);
    return reason;
  }
  if (auto done = write_all(fd, path, text); !done) return done;
  if (::rename(fresh.c_str(), target.c_str()) != 0) return error_of(path);
  return {};
}

Result<void> Host::give(const std::string& path, const std::string& group, unsigned mode) {
  const ::group* entry = ::getgrnam(group.c_str());
  if (entry == nullptr) return Error{path, "there is no group " + group};
  if (::chown(path_of(path).c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0)
    return error_of(path);
  return set_mode(path, mode);
}

Result<void> Host::set_mode(const std::string& path, unsigned mode) {
  if (::chmod(path_of(path).c_str(), mode) != 0) return error_of(path);
  return {};
}

Result<void> Host::run(const std::vector<std::string>& words) {
  if (!is_real()) return {};
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  if (const int failed = ::posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ))
    return Error{words[0], std::strerror(failed)};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return error_of(words[0]);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return Error{line, WIFEXITED(status) ? "ended with " + std::to_string(WEXITSTATUS(status))
                                       : "was ended by signal " + std::to_string(WTERMSIG(status))};
}

}  // namespace junctor::board
