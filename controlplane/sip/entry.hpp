// SPDX-License-Identifier: MIT
// Entry: the way of a message's bytes through Sofia's parser into our types and back, without
// sockets and transactions. For fuzzing and for tools that replay captures.
//
// Errors    what Sofia cannot read: nothing. What is no sound SIP to be sent: "".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/sdk/message.hpp"

namespace junctor::cp {

struct Entry {
  interop::Message message;
  std::uint16_t refused = 0;  // with this status, by the checks of requests
};
std::optional<Entry> read_message(std::string_view bytes);

std::string write_message(const interop::Message& message);

}  // namespace junctor::cp
