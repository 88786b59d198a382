// SPDX-License-Identifier: MIT
// TestDisk: a disk in memory whose power can be cut after any operation. What was not synced by then
// may be there afterwards or not: each name in a directory by itself, and of a file any part.
//
//   use --> cut after n operations --> [survivors] --> every disk that may be found afterwards
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/disk.hpp"

namespace junctor::config {

class TestDisk final : public Disk {
 public:
  static constexpr std::size_t kNever = SIZE_MAX;

  // Every operation that changes something or syncs counts, and has its number from 0.
  std::size_t operations() const { return operations_; }
  // The power goes before this operation; from then on nothing happens any more.
  void cut_before(std::size_t operation) { cut_ = operation; }
  // This one operation fails, as on a full disk, and changes nothing; or it and all after it.
  void fail(std::size_t operation, std::size_t times = 1) {
    fail_ = operation;
    fail_end_ = times > kNever - operation ? kNever : operation + times;
  }
  void mend() { fail_ = kNever; }

  // What the disk may hold once the power is back.
  std::vector<TestDisk> survivors() const;
  // Nothing that was not synced.
  TestDisk least_survivor() const { return survivor({}, Content::Old); }
  // What lies on the medium still of files that have no name any more: all of it in one text.
  std::string freed() const;

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

 private:
  enum class Content : std::uint8_t { Old, Half, Whole };
  using Names = std::map<std::string, std::size_t>;  // to the number of a node
  struct Node {
    bool is_directory = false;
    std::string content;
    std::string synced_content;
    Names names;
    Names synced_names;
  };
  // A name whose meaning was not synced.
  struct Change {
    std::size_t directory;
    std::string name;
  };

  std::vector<Change> changes() const;
  TestDisk survivor(const std::vector<Change>& kept, Content content) const;
  std::optional<std::size_t> find(const std::string& path) const;
  std::size_t names_of(std::size_t node) const;
  // The directory of a path, which must be there, and the name in it.
  std::pair<Node*, std::string> place(const std::string& path);
  std::optional<Error> begin(const std::string& path);

  std::vector<Node> nodes_{Node{true, "", "", {}, {}}};  // the first is the root
  std::size_t operations_ = 0;
  std::size_t cut_ = kNever;
  std::size_t fail_ = kNever;
  std::size_t fail_end_ = kNever;
};

}  // namespace junctor::config
