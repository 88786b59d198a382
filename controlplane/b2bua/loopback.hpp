// SPDX-License-Identifier: MIT
// The gateway as its own peer: a trunk that no configuration has, on which a test call goes through both planes and
// needs nobody else (test call loopback).
//
//   TestCall --INVITE relay--> Call, as between any two peers --INVITE echo--> EchoCall
//
// Its calls are kept neither in the journal nor in the records: nothing is left of them after a restart.
//
// Threads   the control loop's.
#pragma once

#include <string_view>

#include "controlplane/routing/router.hpp"
#include "controlplane/routing/trunk.hpp"
#include "platform/base/result.hpp"

namespace junctor::cp {

// Of its trunk and its listener; a name of the configuration has no blank.
inline constexpr std::string_view kLoopback = "loopback call";
// Its numbers: that is relayed to the other, and that is answered here.
inline constexpr std::string_view kLoopbackRelay = "relay";
inline constexpr std::string_view kLoopbackEcho = "echo";

// The trunk, whose only peer is the listener itself, at that address.
Result<TrunkPtr> make_loopback_trunk(const SocketAddress& listener, const PluginTable& plugins);

// Where a call that came from it goes on to.
RouteDecision route_loopback(const TrunkPtr& trunk, std::string_view called);

}  // namespace junctor::cp
