// SPDX-License-Identifier: MIT
// From a JSON tree to a protobuf message, by reflection (proto3 JSON mapping; field names as in the
// .proto).
//
//   Json --> [read_message] --> Message, and in Findings each mistake and the line of each path
#pragma once

#include <google/protobuf/message.h>

#include "platform/config/findings.hpp"
#include "platform/config/json.hpp"

namespace junctor::config {

// A mistake leaves its own field out and no other.
void read_message(const Json& json, const std::string& path, google::protobuf::Message& message,
                  Findings& findings);

// "0..255", or "" where a type or the schema sets none. What the schema allows, else what the type
// can hold.
struct Range {
  bool is_set = false;
  std::int64_t min = 0;
  std::uint64_t max = 0;
  std::string text() const { return std::to_string(min) + ".." + std::to_string(max); }
};
Range range_of(const google::protobuf::FieldDescriptor& field);

// "DEBUG, INFO, WARNING, ERROR": the values that may be written, without the unspecified one.
std::vector<std::string> enum_names(const google::protobuf::EnumDescriptor& type);

}  // namespace junctor::config
