// SPDX-License-Identifier: MIT
// The answer to `test route`: what the router would do with a call, asked as a call asks it.
//
// Threads   the control loop's.
// Lifetime  what is given outlives the answers.
#pragma once

#include "controlplane/mgmt/answers.hpp"
#include "controlplane/routing/router.hpp"
#include "controlplane/routing/trunk.hpp"

namespace junctor::cp {

void add_route_answers(Answers& answers, const TrunkTable& trunks, const Router& router);

}  // namespace junctor::cp
