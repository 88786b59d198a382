// SPDX-License-Identifier: MIT
// Host: the files of a machine (sysfs, procfs, /dev, /run) below a root, and the commands of it. All
// that this folder touches outside itself passes here, so that a test is a folder with files.
//
//   host.read("/sys/class/dmi/id/sys_vendor")  ->  ROOT/sys/class/dmi/id/sys_vendor
//
// Threads   one.
// Errors    name the path (without the root) and the system's reason.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace junctor::board {

class Host {
 public:
  // "": the machine itself.
  explicit Host(std::string root) : root_(std::move(root)) {}
  virtual ~Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Without the blanks and line feeds at its end; nothing if there is none, or it cannot be read.
  std::optional<std::string> read(const std::string& path) const;
  std::optional<std::uint64_t> read_number(const std::string& path) const;  // decimal, or 0x...
  bool exists(const std::string& path) const;
  // The last part of where a link leads: ".../driver" -> "vfio-pci"; "" if there is none.
  std::string link_name(const std::string& path) const;
  // The names in a folder, sorted; none if there is no such folder.
  std::vector<std::string> list(const std::string& folder) const;
  std::string path_of(const std::string& path) const { return root_ + path; }
  bool is_real() const { return root_.empty(); }

  // Into a file that is there, as sysfs has them, in one write.
  virtual Result<void> write(const std::string& path, std::string_view text);
  // A whole file in place of what is there, in one step.
  Result<void> replace(const std::string& path, std::string_view text, unsigned mode);
  // Group by name; the owner stays.
  virtual Result<void> give(const std::string& path, const std::string& group, unsigned mode);
  virtual Result<void> set_mode(const std::string& path, unsigned mode);
  // Runs a program to its end. With another root nothing is run.
  virtual Result<void> run(const std::vector<std::string>& words);

 private:
  std::string root_;
};

}  // namespace junctor::board
