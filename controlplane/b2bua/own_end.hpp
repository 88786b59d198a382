// SPDX-License-Identifier: MIT
// What an end of a call that is the gateway itself (test call, echo call) says to its peer: G.711 both ways, and yes to
// whatever leaves that: a hold, a new address, a session refresh.
//
// Threads   the control loop's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controlplane/b2bua/exchange.hpp"
#include "controlplane/b2bua/leg.hpp"

namespace junctor::cp {

// The answer to their offer, or our offer.
OrRefusal<std::string> describe_own_end(LegMedia& media, const std::vector<interop::Codec>& codecs);
// LegOwner::on_reoffer
void answer_reoffer_of_own_end(Exchange& exchange, Leg& leg,
                               const std::vector<interop::Codec>& codecs);
// LegOwner::on_info: digits of a peer mean nothing here.
void answer_info_of_own_end(Exchange& exchange, std::unique_ptr<ServerTransaction> info);

}  // namespace junctor::cp
