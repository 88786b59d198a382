// SPDX-License-Identifier: MIT
// One value of a field as a word, by what the schema says of the field.
//
// Errors    why a word is no value of the field: a sentence, "" if it is.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "options/v1/options.pb.h"
#include "platform/config/findings.hpp"

namespace junctor::config {

const options::v1::Field& options_of(const google::protobuf::FieldDescriptor& field);
// What the field is called at the console: "max-calls", "trunk".
std::string word_of(const google::protobuf::FieldDescriptor& field);
// The field whose value names an element of its message in a list, or nullptr.
const google::protobuf::FieldDescriptor* key_of(const google::protobuf::Descriptor& type);

// index -1: the field itself, else an element of its list. Enum values are written as at the
// console: "udp", "log-level".
std::string write_value(const google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field, int index);
std::string write_enum(std::string_view name);
// Sets the field, or adds to its list. References are not followed.
std::string read_value(google::protobuf::Message& message,
                       const google::protobuf::FieldDescriptor& field, std::string_view word);

// What a value alone breaks: range, format, pattern; with an element's index, or -1.
std::string value_mistake(const google::protobuf::Message& message,
                          const google::protobuf::FieldDescriptor& field, int index);

// Whether the whole value is as an expression (RE2) says; "" fits all.
std::string pattern_mistake(std::string_view value, const std::string& pattern);

// For help: "<1..65535>", "<address>"; "largest IP packet (octets, default 1500)".
std::string placeholder_of(const google::protobuf::FieldDescriptor& field);
std::string help_of(const google::protobuf::FieldDescriptor& field);

}  // namespace junctor::config
