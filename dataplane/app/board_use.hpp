// SPDX-License-Identifier: MIT
// What the board of the machine adds to the configuration: addresses for names of ports, and the
// workers' cores where none are named. An interface whose port cannot be used is left out, and that
// is logged: the others go on.
//
// Errors    the setting (`interfaces[0].device`) and why; or the file, if it is there and broken.
#pragma once

#include <string>

#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"

namespace junctor::dp {

// file: platform/board/machine_file.hpp. Without it no port has a name.
Result<void> use_board(config::v1::Config& config, const std::string& file);

}  // namespace junctor::dp
