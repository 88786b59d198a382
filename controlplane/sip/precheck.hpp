// SPDX-License-Identifier: MIT
// precheck: what RFC 3261 (8.2, 16.3, 21.4) asks of a request before anybody thinks about it.
//
// Threads   pure functions.
// Errors    the verdict on a peer's request: a status and a phrase that names what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "controlplane/sip/sip_counters.hpp"
#include "controlplane/sip/sofia.hpp"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

// The response that a request deserves which no call shall see.
struct Rejection {
  std::uint16_t status = 400;
  std::string phrase;
  SipCounter counter = kBadRequest;
  std::string unsupported = {};  // value of Unsupported with 420
};

std::optional<Rejection> precheck(const sip_t* sip, const interop::Message& request);

}  // namespace junctor::cp
