// SPDX-License-Identifier: MIT
// Small files of the appliance, read and replaced whole.
//
// Threads   plain functions.
#pragma once

#include <string>

#include "platform/base/result.hpp"

namespace junctor::appliance {

// A whole small file; empty if it cannot be read.
std::string read_file(const std::string& path);

// Whole or not at all, also when the power goes; its folder is made where it is missing. The error names the path.
Result<void> replace_file(const std::string& path, const std::string& content);

}  // namespace junctor::appliance
