// SPDX-License-Identifier: MIT
// From a protobuf message to JSON, in the one form that the gateway writes (proto3 JSON mapping
// with the field names of the .proto): what read_message.hpp reads gives the same message again.
//
//   only what is set, in the order of the .proto, a field a line; lists of plain values in one line
//   if they fit; enum values by name; maps sorted by key
//
// A configuration begins with its version (migrate.hpp).
//
// Threads   pure functions.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace junctor::config {

// Ends with a line feed. Numbers of 64 bits are strings, as the mapping has it. What the reader never
// gives comes back as something else or not at all: an octet that is no UTF-8 becomes U+FFFD, a field
// whose enum value is the unspecified one is left out, a value without a name is its number.
std::string write_json(const google::protobuf::Message& message);

// The object from its "{" to its "}", for a place in a larger text whose lines begin with `indent`
// blanks.
void append_json(std::string& out, const google::protobuf::Message& message, std::size_t indent);

// In quotes. Control characters, and all that makes a terminal show something else than what is
// there, are written as \u.
void append_json_string(std::string& out, std::string_view text);

}  // namespace junctor::config
