// SPDX-License-Identifier: MIT
// What `load` takes: a configuration as text, in either form that `save` writes.
//
//   { ... }            JSON: in place of what is there
//   set ..., delete    lines of the console: change what is there
//
// Threads   pure functions, but for read_text.
// Errors    each mistake of JSON, or the first line that is wrong; nothing is changed then.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"

namespace junctor::cli {

struct Loaded {
  config::v1::Config config;
  std::vector<std::string> mistakes;  // "FILE:LINE: ..."; empty: the configuration is good
};
// name: of the file, for mistakes.
Loaded load_text(const config::v1::Config& onto, const std::string& name, std::string_view text);

// A whole file, of at most 16 MiB; devices and folders are refused.
Result<std::string> read_text(const std::string& path);

}  // namespace junctor::cli
