// SPDX-License-Identifier: MIT
// Health: OPTIONS to every peer of every trunk, so that calls go first to those that answer.
//
//   interval --> OPTIONS --> any answer ................ up
//                        --> 503, said by the peer ..... down (RFC 3261, 21.5.4: do not send more)
//                        --> nothing, or 408 ........... a miss; the second in a row is down
//   calls    --> silent  --> OPTIONS at once
//            --> answered -> up
//
// That a peer knows no OPTIONS (405, 501), or does not like ours (401, 404, 488), shows that it is
// there: any answer counts. While something is missing, it is asked every 5 s. Intervals are spread
// by 10 %, so that a hundred peers are not asked in one moment. A peer that is never asked
// (options_interval_s = 0) is down for 30 s after a call met silence.
//
// Threads   the control loop's.
// Lifetime  ends before the stack. A trunk that is no longer watched is kept until its last OPTIONS
//           is answered.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "controlplane/routing/trunk.hpp"
#include "controlplane/sip/stack.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Health {
 public:
  Health(ipc::Loop& loop, Stack& stack, CounterRegistry& registry);
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  // Who is watched from now on. What is known of trunks that stay is not touched.
  void watch(const std::vector<TrunkPtr>& trunks);

 private:
  class Probe;
  class Shared;  // what probes need, and may outlive this object's interest in them

  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Probe>> probes_;
};

}  // namespace junctor::cp
