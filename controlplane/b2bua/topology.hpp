// SPDX-License-Identifier: MIT
// Topology: what a peer wrote, without what tells of its network. Hosts and addresses hide in texts
// and parameters as well as in URIs; what is passed on is made anew of the parts that are known.
//
// Threads   pure functions.
#pragma once

#include <string>
#include <string_view>

namespace junctor::cp {

// Whether a text holds an IP address, with or without a port.
bool holds_ip(std::string_view text);
// Whether a text holds anything like a host, an address or a URI.
bool names_a_host(std::string_view text);
// The first value of a Reason header (RFC 3326): protocol, cause, and the text if it names no host;
// "" if nothing is left.
std::string passable_reason(std::string_view value);
// Parameters of a Diversion value (RFC 5806) that say why and how often, ";a=b" each.
std::string passable_diversion(std::string_view params);

}  // namespace junctor::cp
