// SPDX-License-Identifier: MIT
// A Reply as JSON, for programs: a list of what was asked for (show version: one object).
//
// The field names are those of the .proto, and every field is written, zero or not. As in
// protobuf's own mapping but for two things that scripts trip over: 64-bit numbers are numbers, and
// an address is text ("192.0.2.1"), not base64.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "management/v1/management.pb.h"

namespace junctor::cli {

// One message as an object.
std::string to_json(const google::protobuf::Message& message);
// A text in quotes.
std::string json_text(std::string_view text);
// One of the lists of a Reply, by the name of its field.
std::string list_json(const management::v1::Reply& reply, const std::string& field);
// One of its fields, a list or a message.
std::string field_json(const management::v1::Reply& reply, const std::string& field);

}  // namespace junctor::cli
