// SPDX-License-Identifier: MIT
#include "controlplane/app/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

namespace junctor::cp {
namespace {

// A sanitizer takes terabytes of address space for itself.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
constexpr bool kIsSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kIsSanitized = false;
#endif

constexpr rlim_t kFiles = 65536;

}  // namespace

Result<void> set_limits(std::uint64_t memory_max_bytes) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = std::min(std::max(files.rlim_cur, kFiles), files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);  // fewer files will do, too
  }
  if (kIsSanitized) return {};
  rlimit data{};
  if (getrlimit(RLIMIT_DATA, &data) != 0) return Error{"RLIMIT_DATA", std::strerror(errno)};
  data.rlim_cur = std::min<rlim_t>(memory_max_bytes, data.rlim_max);
  if (setrlimit(RLIMIT_DATA, &data) != 0) return Error{"RLIMIT_DATA", std::strerror(errno)};
  return {};
}

std::uint64_t memory_limit(std::uint64_t configured_bytes, const std::string& root) {
  constexpr std::string_view kUnified = "0::";
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with(kUnified)) continue;
    std::ifstream file(root + "/sys/fs/cgroup" + line.substr(kUnified.size()) + "/memory.max");
    std::uint64_t most = 0;
    if (file >> most) return std::min(configured_bytes, most / 100 * 85);  // else it says "max"
  }
  return configured_bytes;
}

std::uint64_t memory_in_use() {
  // proc(5), statm, in pages: the sixth number is data and stack, the second what is resident.
  constexpr int kNumber = kIsSanitized ? 2 : 6;
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  for (int i = 0; i < kNumber; ++i) file >> pages;
  return file ? pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

bool MemoryGate::update(std::uint64_t in_use) {
  const bool was_closed = is_closed_;
  if (in_use >= max_ / 10 * 8) is_closed_ = true;
  if (in_use < max_ / 10 * 7) is_closed_ = false;
  return is_closed_ != was_closed;
}

}  // namespace junctor::cp
