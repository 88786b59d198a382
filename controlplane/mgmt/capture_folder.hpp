// SPDX-License-Identifier: MIT
// CaptureFolder: the files of captures, <state-dir>/captures/YYYYMMDD-HHMMSS.pcapng. The last few are
// kept. They hold what was said about calls, so nobody but the gateway's user and group reads them.
//
// Threads   the control loop's. A piece of a file is read from the disk's cache, as it was just
//           written.
// Errors    what the disk refuses, with the file's name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"

namespace junctor::cp {

class CaptureFolder {
 public:
  static constexpr std::size_t kKept = 5;
  static constexpr std::size_t kPiece = std::size_t{256} << 10;

  explicit CaptureFolder(std::string path) : path_(std::move(path)) {}

  // Makes an empty file; returns its absolute path.
  Result<std::string> make(Nanoseconds wall);
  // All but the last few.
  void forget_old();
  void remove(const std::string& path);
  // The name of the newest, "" if there is none.
  std::string newest() const;
  std::uint64_t size(const std::string& name) const;

  struct Piece {
    std::string octets;
    std::uint64_t size = 0;  // of the file
  };
  Result<Piece> read(const std::string& name, std::uint64_t offset) const;

 private:
  std::vector<std::string> names() const;  // oldest first

  std::string path_;
};

}  // namespace junctor::cp
