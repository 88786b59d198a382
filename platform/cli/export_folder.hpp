// SPDX-License-Identifier: MIT
// ExportFolder: where the files are that a person made at the console, or put there for it: saved
// configurations, captures, texts for support.
//
//   save FILE, capture export ... --NewFile--> [/var/lib/junctor/export] --> load, show file, delete file
//
// A name is a file of the folder. A path (with a slash) is taken only where it is the shell of a
// person that runs one command: then it is that person's rights that count.
//
// A file appears whole or not at all: it is written under another name and renamed. What a console
// that was killed left behind is taken away by the next one that writes.
//
// Threads   the session's. Several consoles may use one folder.
// Lifetime  plain values; a NewFile outlives its folder.
// Errors    name the file and say what helps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace junctor::cli {

class NewFile;

class ExportFolder {
 public:
  static constexpr std::string_view kPath = "/var/lib/junctor/export";
  static constexpr std::uint64_t kMostOctets = 512'000'000;

  // Who may read a file: with the group of the gateway, or its owner alone. Through the console the
  // former is the operators', the latter the admins'.
  enum class For : std::uint8_t { Operators, Admins };
  struct File {
    std::string name;
    std::uint64_t octets = 0;
    std::uint64_t unix_ms = 0;
    For readers = For::Operators;
  };
  struct Space {
    std::uint64_t used = 0, most = 0;
    std::uint64_t free = 0;  // of the disk
  };

  explicit ExportFolder(std::string path = std::string(kPath), bool takes_paths = false,
                        std::uint64_t most_octets = kMostOctets)
      : path_(std::move(path)), takes_paths_(takes_paths), most_octets_(most_octets) {}

  // The whole path of a name, or the path as it is.
  Result<std::string> place(const std::string& name) const;
  // A file that is not there yet, unless what is there may be overwritten.
  Result<std::unique_ptr<NewFile>> create(const std::string& name, bool overwrites,
                                          For readers) const;

  // By name; what is no plain file, or has no good name, is left out.
  std::vector<File> list() const;
  std::vector<std::string> names() const;
  Result<File> find(const std::string& name) const;
  // A descriptor to read from: no link is followed.
  Result<int> open(const std::string& name) const;
  Result<void> remove(const std::string& name) const;
  Result<Space> space() const;

 private:
  friend class NewFile;
  std::uint64_t used() const;
  Result<void> make() const;
  void sweep() const;

  std::string path_;
  bool takes_paths_;
  std::uint64_t most_octets_;
};

// Vanishes unless it is kept.
class NewFile {
 public:
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Result<void> write(std::string_view octets);
  // It is on the medium then, under its name.
  Result<void> keep();
  const std::string& path() const { return path_; }
  std::uint64_t octets() const { return octets_; }

 private:
  friend class ExportFolder;
  NewFile() = default;
  Error error(int number) const;
  Error full() const;

  int fd_ = -1;
  std::string path_, temporary_;
  bool overwrites_ = false;
  ExportFolder folder_;
  bool is_of_folder_ = false;
  std::uint64_t most_octets_ = 0;  // of this file
  std::uint64_t octets_ = 0;
};

}  // namespace junctor::cli
