// SPDX-License-Identifier: MIT
// The answers to ShowTrace: SIP messages of the ring, by call, by the last calls that fit, or as
// they pass.
//
// Threads   the control loop's.
// Lifetime  what is given outlives the answers.
#pragma once

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "controlplane/routing/trunk.hpp"
#include "controlplane/sip/trace.hpp"

namespace junctor::cp {

void add_trace_answers(Answers& answers, const Switchboard& switchboard, const TrunkTable& trunks,
                       const Trace& trace);

}  // namespace junctor::cp
