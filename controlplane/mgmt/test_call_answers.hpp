// SPDX-License-Identifier: MIT
// The answers to `test call`: begins one, tells how it goes, ends it.
//
// Threads   the control loop's. What was heard so far is asked of the dataplane, and comes later.
// Lifetime  what is given outlives the answers.
#pragma once

#include <functional>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "controlplane/routing/trunk.hpp"
#include "platform/base/result.hpp"

namespace junctor::cp {

struct TestCalls {
  Switchboard& switchboard;
  const TrunkTable& trunks;
  MediaPlane& media;
  // The trunk on which the gateway calls itself, or why it cannot now.
  std::function<Result<TrunkPtr>()> loopback;
};
void add_test_call_answers(Answers& answers, const TestCalls& given);

}  // namespace junctor::cp
