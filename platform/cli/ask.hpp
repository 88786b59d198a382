// SPDX-License-Identifier: MIT
// ask: one request over the management socket, and its whole reply.
//
// Threads   runs the loop until the answer is there.
// Errors    nobody there, no answer in time, an answer that is none, and what the gateway refused.
#pragma once

#include <string>

#include "management/v1/management.pb.h"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cli {

inline constexpr Nanoseconds kTimeout = Seconds{5};  // between two pieces of an answer

Result<management::v1::Reply> ask(ipc::Loop& loop, const std::string& socket_path,
                                  const management::v1::Request& request, Nanoseconds timeout);

}  // namespace junctor::cli
