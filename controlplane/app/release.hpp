// SPDX-License-Identifier: MIT
// Release: which version this is. On an appliance that of its firmware, which the image names in
// /etc/os-release (rootfs/README.md); elsewhere that of the program.
//
// Threads   pure functions; they read one small file, or what the loader knows.
#pragma once

#include <string>

namespace junctor::cp {

inline constexpr const char* kReleaseFile = "/etc/os-release";

struct Release {
  std::string version;  // what an operator calls it
  std::string program;  // of junctor-control
  std::string build;    // its build ID
};
Release read_release(const std::string& path = kReleaseFile);

// The GNU build ID of this program: what tells two builds of one version apart. Empty if the linker
// was told to make none.
std::string build_id();

}  // namespace junctor::cp
