// SPDX-License-Identifier: MIT
// Configurations of older versions: what an earlier Junctor wrote is brought to the schema of today,
// a step a version, before it is read.
//
//   Json of version 1 --[step 1 to 2]--> ... --> Json of kVersion --> read_message
//
// The version stands in the JSON form alone ("version": 2); a document without it is read as one of
// any version: each step changes only what it finds in the old form. A step never gives up: what it
// does not know stays where it is, and is a finding of the reader.
//
// Threads   pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/config/config.hpp"
#include "platform/config/json.hpp"

namespace junctor::config {

inline constexpr int kVersion = 2;
inline constexpr std::string_view kVersionKey = "version";

// Takes the version out of the document, and brings the rest to kVersion. A version that is none, or
// is of a later Junctor, is a finding, and nothing is changed.
std::optional<Finding> migrate(Json& root);

// One step alone, for its test. From 1 to kVersion - 1.
void migrate_step(int from, Json& root);

}  // namespace junctor::config
