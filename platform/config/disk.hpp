// SPDX-License-Identifier: MIT
// Disk: what the store does to files, one operation a function, so that a test can cut the power
// after each.
//
// Threads   any.
// Errors    name the path and the system's reason.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace junctor::config {

class Disk {
 public:
  virtual ~Disk() = default;

  // The whole file, as it was when it was read; one that is replaced meanwhile is read again. Empty:
  // there is none of this name.
  virtual Result<std::optional<std::string>> read(const std::string& path) = 0;
  // Makes the file, or replaces its content. A power cut leaves any part of it until sync() of the
  // file, and perhaps no file until sync() of its directory.
  virtual Result<void> write_whole(const std::string& path, std::string_view text) = 0;
  // In one step, and in place of a file that is there already. Durable after sync() of the
  // directory, as remove() and make_directory() are.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  // The same of files, and what `to` was has the name `from` afterwards. False: there was no `to`, or
  // the file system cannot do so (renameat2(2), RENAME_EXCHANGE), and it was replaced.
  virtual Result<bool> exchange(const std::string& from, const std::string& to) = 0;
  // Zeros in the place of the content, on the same blocks, to be synced; for what must not be found
  // on the disk once it is removed. A file that has another name besides is left alone; one that is
  // not there is no error, one that is no plain file is.
  virtual Result<void> write_over(const std::string& path) = 0;
  virtual Result<void> remove(const std::string& path) = 0;  // a file that is not there is no error
  virtual Result<void> make_directory(const std::string& path) = 0;  // nor one that is there
  virtual Result<bool> exists(const std::string& path) = 0;
  // The names in a directory, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Waits until the content of a file, or the names in a directory, are on the medium.
  virtual Result<void> sync(const std::string& path) = 0;
};

// The system's. What it makes can be read by the owner and the group, for a configuration holds
// secrets.
class SystemDisk final : public Disk {
 public:
  static constexpr std::size_t kMaxFile = std::size_t{32} << 20;  // octets; larger is an error

  Result<std::optional<std::string>> read(const std::string& path) override;
  Result<void> write_whole(const std::string& path, std::string_view text) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<bool> exchange(const std::string& from, const std::string& to) override;
  Result<void> write_over(const std::string& path) override;
  Result<void> remove(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> sync(const std::string& path) override;
};

}  // namespace junctor::config
