// SPDX-License-Identifier: MIT
// Reading a configuration: JSON to message, with every mistake named by path, line and reason.
//
//   text --> [parse] --> Config --> [validate] --> findings
//
// Validation is driven by the options of api/options/v1 (ranges, formats, references, keys), then
// by rules that concern several fields (routes that shadow each other, ports and addresses that
// belong together).
//
// Threads   pure functions.
// Errors    every finding is reported, not the first alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"

namespace junctor::config {

struct Json;

// One mistake: "gw.json:12: trunks[0].peers[1].port: 70000 is outside 1..65535".
struct Finding {
  std::string path;    // "trunks[0].peers[1].port"; empty for the text as a whole
  int line = 0;        // 1.., 0 if unknown
  std::string reason;  // one sentence without a full stop

  std::string text(std::string_view file) const;
};

struct Parsed {
  v1::Config config;
  std::vector<Finding> findings;  // empty: the configuration is good
};

// Reads JSON (proto3 mapping with the field names of the .proto; enum values by name; // comments
// are allowed) and validates it. A duplicate key, an unknown key, a value of the wrong type,
// trailing text: each is a finding.
Parsed parse_json(std::string_view text);

// What is wrong with a configuration that was not read from a text: findings without lines.
std::vector<Finding> validate(const v1::Config& config);

// The same of a value that stands in a larger text.
Parsed parse_json(const Json& root);

// All findings as one error, a line each.
Error to_error(const std::vector<Finding>& findings, std::string_view file);

// Reads a file, or what holds in the folder of a Store, which may commit meanwhile. The error says
// every finding, a line each.
Result<v1::Config> load_file(const std::string& path);
// The revision that it says it is in its first line (store.hpp); 0 if it says nothing.
std::uint32_t revision_of_file(const std::string& path);

// A mistake that others find in a file that was read well (a plugin that is not there, a core that
// the machine has not): the error, whose `where` is a path, told as load_file() tells its own.
Error locate(const std::string& file, const Error& error);

// Fills in every default_value of the schema for scalar fields that are left out (nested messages
// that are absent are created). What the programs work with.
void apply_defaults(google::protobuf::Message& message);

}  // namespace junctor::config
