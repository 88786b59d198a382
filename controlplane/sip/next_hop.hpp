// SPDX-License-Identifier: MIT
// next_hop: where a request within a dialog goes (RFC 3261, 12.2.1.1 and 16.6), by numbers only: no
// name is ever resolved.
//
// Errors    a host that is a name, or a URI that is none: the fallback.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sip/stack.hpp"

namespace junctor::cp {

// The address that a request to that URI (bare or as name-addr) is sent to.
Hop hop_of_uri(const Hop& fallback, std::string_view uri);

// The first of the route set (values of Route, each one URI), else the remote target. A strict
// first router is sent the request like a loose one; that the Request-URI then is its URI is
// apply_route_set()'s matter. Fallback: where the dialog's messages came from.
Hop next_hop(const Hop& fallback, std::span<const std::string> route_set,
             std::string_view remote_target);

// Sets Request-URI and Route of a request within a dialog, loose or strict.
void apply_route_set(interop::Message& request, std::span<const std::string> route_set,
                     std::string_view remote_target);

// The single values of all Record-Route (or Route, Contact) fields of a message, comma-separated
// ones cut apart.
std::vector<std::string> split_values(const interop::Message& message, std::string_view name);

// "sip:192.0.2.1:5060;transport=udp"
std::string route_url(const Hop& hop);

}  // namespace junctor::cp
