// SPDX-License-Identifier: MIT
// Checks a message against what its schema says of each field alone (api/options/v1): required,
// range, pattern, format, unique key, reference.
#pragma once

#include <google/protobuf/message.h>

#include "platform/config/findings.hpp"

namespace junctor::config {

void check_schema(const google::protobuf::Message& root, Findings& findings);

}  // namespace junctor::config
