// SPDX-License-Identifier: MIT
// Who calls whom, from one side to the other: numbers and names pass, hosts and everything else of
// the topology do not.
//
// Threads   pure functions but for reading the trunk.
#pragma once

#include <optional>
#include <string>

#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/routing/router.hpp"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

// Whether the answer to an INVITE may be SDP: no Accept says so, or one that covers it (RFC 3261,
// section 20.1).
bool takes_descriptions(const interop::Message& invite);

// Parties of a call as its INVITE names them.
struct Parties {
  std::string calling;          // user of From, "" if it has none
  std::string calling_display;  // as written
  bool is_anonymous = false;    // From is sip:anonymous@anonymous.invalid (RFC 3323)
  std::string called;           // number of the Request-URI
  std::string to;               // user of To
};
// Nothing: there is no number to be found in the Request-URI; then 416 or 484 are due, as status
// says.
std::optional<Parties> parties_of(const interop::Message& invite, std::uint16_t& status);

// "<sip:user@192.0.2.1:5060;transport=tcp>": ourselves, on that way.
std::string contact_of(const Stack& stack, const Hop& hop, const std::string& user);

// The dialog of the INVITE to a target, and the header fields that pass from the caller's INVITE.
Dialog dialog_to(const Stack& stack, const RouteTarget& target, const Parties& parties);
interop::Message invite_to(const Stack& stack, const RouteTarget& target,
                           const interop::Message& callers);

}  // namespace junctor::cp
