// SPDX-License-Identifier: MIT
// Reads any message whose schema carries our options (api/options/v1) from a file, as a configuration
// is read: JSON with comments, every mistake named by path, line and reason.
//
//   file --read_json--> Json --read_message--> Message --check_schema, rules--> findings
//
// Threads   pure functions but for the reading.
// Errors    every finding is reported, a line each; or why the file cannot be read.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "platform/config/findings.hpp"

namespace junctor::config {

// What no field can say of itself alone; the message is as it stands in the file, without defaults.
using Rules = std::function<void(Findings& findings)>;

Result<void> load_message(const std::string& path, google::protobuf::Message& message,
                          const Rules& rules = {});
// The same of a text, told as that of a file.
Result<void> parse_message(std::string_view text, const std::string& file,
                           google::protobuf::Message& message, const Rules& rules = {});

// A whole text, up to a little more than Json::kMaxBytes.
Result<std::string> read_text(const std::string& path);

}  // namespace junctor::config
