// SPDX-License-Identifier: MIT
// What of a sound configuration is probably meant otherwise: for the operator to know at a commit.
//
// Threads   pure functions.
#pragma once

#include <string>
#include <vector>

#include "config/v1/config.pb.h"

namespace junctor::config {

// A sentence each: "route all: called 5XXX is a literal; patterns begin with _ (_5XXX)".
std::vector<std::string> notes_of(const v1::Config& config);

}  // namespace junctor::config
