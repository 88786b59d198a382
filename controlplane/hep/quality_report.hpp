// SPDX-License-Identifier: MIT
// The quality of a call's leg as a session report of RFC 6035 (application/vq-rtcpxr), which is what
// Homer takes as protocol 35.
//
// Threads   pure functions.
#pragma once

#include <string>
#include <string_view>

#include "management/v1/management.pb.h"

namespace junctor::cp {

// leg: 0 the calling side, 1 the called one; the record has media of it. gateway: our name.
std::string quality_report(const management::v1::CallRecord& record, int leg,
                           std::string_view gateway);

}  // namespace junctor::cp
