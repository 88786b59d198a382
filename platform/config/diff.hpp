// SPDX-License-Identifier: MIT
// Diff: what brings one configuration about from another, as words of the tree.
//
//   before, after --[diff]--> Changes --[apply to before]--> after
//                                     --[apply to another's]--> both editors' work, if conflict()
//                                                               finds nothing
// Threads   pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/config/tree.hpp"

namespace junctor::config {

struct Change {
  enum class Kind : std::uint8_t { Set, Delete, Insert };  // as the commands of the same names
  Kind kind = Kind::Set;
  Words words;
  std::size_t place = 0;  // how many words name what it is about

  friend bool operator==(const Change&, const Change&) = default;
};

// Deletions, then settings, then the order of lists.
std::vector<Change> diff(const v1::Config& before, const v1::Config& after);
// A mistake names a word of the change that could not be made; those before it are made.
MaybeMistake apply_changes(v1::Config& config, std::span<const Change> changes);

// For people: "+ trunk pbx max-calls 5", "- trunk pbx max-calls 4", "! route b after a"; secrets
// masked. A line each, in the order of the schema.
std::string compare(const v1::Config& before, const v1::Config& after);

// The first change of mine that is about a thing (or about what lies in a thing) which theirs
// changed otherwise; nothing if both can hold.
std::optional<Change> conflict(const v1::Config& base, const v1::Config& mine,
                               const v1::Config& theirs);

}  // namespace junctor::config
