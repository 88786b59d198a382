// SPDX-License-Identifier: MIT
// FolderLock: one process alone owns a folder, as long as it lives, however it ends (flock(2)).
//
// Threads   any.
// Errors    name the folder: another process owns it, or it cannot be opened.
#pragma once

#include <memory>
#include <string>

#include "platform/base/result.hpp"

namespace junctor::config {

class FolderLock {
 public:
  static Result<std::unique_ptr<FolderLock>> take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace junctor::config
