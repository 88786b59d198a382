// SPDX-License-Identifier: MIT
#include "platform/config/test_disk.hpp"

#include <set>

#include "platform/base/assert.hpp"

namespace junctor::config {
namespace {

// What a name means in a directory: a node or nothing.
template <typename Names>
std::optional<std::size_t> meaning(const Names& names, const std::string& name) {
  const auto at = names.find(name);
  if (at == names.end()) return std::nullopt;
  return at->second;
}

}  // namespace

std::vector<TestDisk::Change> TestDisk::changes() const {
  std::vector<Change> out;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::set<std::string> names;
    for (const auto& entry : nodes_[i].names) names.insert(entry.first);
    for (const auto& entry : nodes_[i].synced_names) names.insert(entry.first);
    for (const std::string& name : names) {
      if (meaning(nodes_[i].names, name) != meaning(nodes_[i].synced_names, name))
        out.push_back({i, name});
    }
  }
  return out;
}

std::vector<TestDisk> TestDisk::survivors() const {
  const std::vector<Change> all = changes();
  JUNCTOR_ASSERT(all.size() < 10);
  std::vector<TestDisk> out;
  for (std::size_t mask = 0; mask < std::size_t{1} << all.size(); ++mask) {
    std::vector<Change> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((mask >> i & 1) != 0) kept.push_back(all[i]);
    }
    for (const Content content : {Content::Old, Content::Half, Content::Whole})
      out.push_back(survivor(kept, content));
  }
  return out;
}

TestDisk TestDisk::survivor(const std::vector<Change>& kept, Content content) const {
  TestDisk out;
  out.nodes_ = nodes_;
  for (const Change& change : kept) {
    Names& names = out.nodes_[change.directory].synced_names;
    if (const auto node = meaning(nodes_[change.directory].names, change.name)) {
      names[change.name] = *node;
    } else {
      names.erase(change.name);
    }
  }
  for (Node& node : out.nodes_) {
    node.names = node.synced_names;
    if (node.content != node.synced_content && content == Content::Half)
      node.synced_content = node.content.substr(0, node.content.size() / 2);
    if (content == Content::Whole) node.synced_content = node.content;
    node.content = node.synced_content;
  }
  return out;
}

std::optional<std::size_t> TestDisk::find(const std::string& path) const {
  std::size_t at = 0;
  for (std::size_t begin = 1; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto next = meaning(nodes_[at].names, path.substr(begin, end - begin));
    if (!next) return std::nullopt;
    at = *next;
    begin = end + 1;
  }
  return at;
}

std::size_t TestDisk::names_of(std::size_t node) const {
  std::size_t names = 0;
  for (const Node& each : nodes_) {
    for (const auto& entry : each.names) names += entry.second == node ? 1 : 0;
  }
  return names;
}

std::string TestDisk::freed() const {
  std::string text;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    if (names_of(i) == 0) text += nodes_[i].synced_content;
  }
  return text;
}

std::pair<TestDisk::Node*, std::string> TestDisk::place(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const auto directory = find(path.substr(0, slash));
  JUNCTOR_ASSERT(directory && nodes_[*directory].is_directory);
  return {&nodes_[*directory], path.substr(slash + 1)};
}

std::optional<Error> TestDisk::begin(const std::string& path) {
  if (operations_ >= cut_) return Error{path, "the power is off"};
  const std::size_t number = operations_++;
  if (number >= fail_ && number < fail_end_) return Error{path, "No space left on device"};
  return std::nullopt;
}

Result<std::optional<std::string>> TestDisk::read(const std::string& path) {
  const auto at = find(path);
  if (!at) return std::optional<std::string>{};
  return std::optional<std::string>(nodes_[*at].content);
}

Result<void> TestDisk::write_whole(const std::string& path, std::string_view text) {
  if (auto error = begin(path)) return *error;
  if (!find(path)) {
    const auto [directory, name] = place(path);
    directory->names[name] = nodes_.size();
    nodes_.emplace_back();
  }
  nodes_[*find(path)].content = text;
  return {};
}

Result<void> TestDisk::rename(const std::string& from, const std::string& to) {
  if (auto error = begin(to)) return *error;
  const auto node = find(from);
  JUNCTOR_ASSERT(node);
  const auto [directory, name] = place(from);
  directory->names.erase(name);
  const auto [target, new_name] = place(to);
  target->names[new_name] = *node;
  return {};
}

Result<bool> TestDisk::exchange(const std::string& from, const std::string& to) {
  const auto before = find(to);
  if (auto renamed = rename(from, to); !renamed) return renamed.error();
  if (!before) return false;
  const auto [directory, name] = place(from);
  directory->names[name] = *before;
  return true;
}

Result<void> TestDisk::write_over(const std::string& path) {
  if (auto error = begin(path)) return *error;
  const auto at = find(path);
  if (!at || names_of(*at) > 1) return {};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const auto& entry : nodes_[i].synced_names)
      JUNCTOR_ASSERT(entry.second != *at || path.ends_with("/" + entry.first));
  }
  std::string& content = nodes_[*at].content;
  content.assign(content.size(), '\0');
  return {};
}

Result<void> TestDisk::remove(const std::string& path) {
  if (auto error = begin(path)) return *error;
  const auto [directory, name] = place(path);
  directory->names.erase(name);
  return {};
}

Result<void> TestDisk::make_directory(const std::string& path) {
  if (auto error = begin(path)) return *error;
  if (find(path)) return {};
  const auto [directory, name] = place(path);
  directory->names[name] = nodes_.size();
  nodes_.push_back(Node{true, "", "", {}, {}});
  return {};
}

Result<bool> TestDisk::exists(const std::string& path) { return find(path).has_value(); }

Result<std::vector<std::string>> TestDisk::list(const std::string& directory) {
  const auto at = find(directory);
  JUNCTOR_ASSERT(at);
  std::vector<std::string> names;
  for (const auto& entry : nodes_[*at].names) names.push_back(entry.first);
  return names;
}

Result<void> TestDisk::sync(const std::string& path) {
  if (auto error = begin(path)) return *error;
  const auto at = find(path);
  JUNCTOR_ASSERT(at);
  nodes_[*at].synced_content = nodes_[*at].content;
  nodes_[*at].synced_names = nodes_[*at].names;
  return {};
}

}  // namespace junctor::config
