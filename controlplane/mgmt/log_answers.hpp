// SPDX-License-Identifier: MIT
// The answers to ShowLog, SetDebug and ShowDebug.
//
// Threads   the control loop's.
// Lifetime  what is given outlives the answers.
#pragma once

#include "controlplane/log/log_center.hpp"
#include "controlplane/mgmt/answers.hpp"

namespace junctor::cp {

void add_log_answers(Answers& answers, LogCenter& log);

}  // namespace junctor::cp
