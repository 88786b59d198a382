// SPDX-License-Identifier: MIT
#include "platform/config/migrate.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "platform/base/assert.hpp"

namespace junctor::config {
namespace {

Json::Member* find(Json& object, std::string_view key) {
  const auto at = std::ranges::find(object.members, key, &Json::Member::key);
  return at == object.members.end() ? nullptr : &*at;
}

// Version 2: what is an Ethernet port to the dataplane is an interface to its operator, and stands
// at the top. Both there: somebody mixes two forms, and shall hear of it.
void interfaces_stand_alone(Json& root) {
  Json::Member* dataplane = find(root, "dataplane");
  if (dataplane == nullptr || find(root, "interfaces") != nullptr) return;
  const auto ports = std::ranges::find(dataplane->value.members, "ports", &Json::Member::key);
  if (ports == dataplane->value.members.end()) return;
  Json::Member moved = std::move(*ports);
  moved.key = "interfaces";
  dataplane->value.members.erase(ports);
  root.members.push_back(std::move(moved));
}

using Step = void (*)(Json& root);
constexpr std::array<Step, kVersion - 1> kSteps{interfaces_stand_alone};  // [0]: from 1 to 2

}  // namespace

void migrate_step(int from, Json& root) {
  JUNCTOR_ASSERT(from >= 1 && from < kVersion);
  if (root.kind == Json::Kind::Object) kSteps[static_cast<std::size_t>(from - 1)](root);
}

std::optional<Finding> migrate(Json& root) {
  const Json::Member* written = find(root, kVersionKey);
  int version = 1;
  if (written != nullptr) {
    const std::string& text = written->value.text;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    const bool is_number = written->value.kind == Json::Kind::Number && error == std::errc{} &&
                           at == text.data() + text.size();
    const std::string key(kVersionKey);
    if (!is_number || version < 1)
      return Finding{key, written->line, "a whole number, 1 or more, is expected"};
    if (version > kVersion)
      return Finding{key, written->line,
                     text + " is of a later Junctor; this one knows " + std::to_string(kVersion)};
    std::erase_if(root.members, [](const auto& member) { return member.key == kVersionKey; });
  }
  for (; version < kVersion; ++version) migrate_step(version, root);
  return std::nullopt;
}

}  // namespace junctor::config
