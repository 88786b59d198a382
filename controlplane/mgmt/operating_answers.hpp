// SPDX-License-Identifier: MIT
// What an operator does to calls and trunks: clear call, trunk drain and enable; and the end of the
// calls of trunks that a forced commit removed.
//
// Threads   the control loop's.
// Lifetime  what is given outlives the answers.
// Errors    a sentence: no such call, no such trunk, a disk that keeps nothing.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "controlplane/mgmt/trunk_states.hpp"
#include "controlplane/routing/trunk.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

// The id of the live call that begins so, if only one does; else the reply has its error.
std::string find_call(const Switchboard& switchboard, const std::string& id_begin,
                      management::v1::Reply& reply);

// Ends many calls, some in a turn of the loop, so that none of the others waits.
class Clearing {
 public:
  Clearing(ipc::Loop& loop, Switchboard& switchboard) : loop_(loop), switchboard_(switchboard) {}

  void add(std::string call_id, std::string user);

 private:
  void clear_some();

  // Given.
  ipc::Loop& loop_;
  Switchboard& switchboard_;
  // State.
  std::deque<std::pair<std::string, std::string>> left_;  // call, user
  ipc::HandlePtr timer_;
};

// What becomes of the calls of trunks that are configured no more: they go on, or with force end.
// A sentence for each such trunk.
std::vector<std::string> release_removed(const TrunkTable& trunks, const Switchboard& switchboard,
                                         Clearing& clearing, const std::string& user, bool force);

struct Operated {
  Switchboard& switchboard;
  TrunkTable& trunks;
  TrunkStates& states;
  const Clock& clock;
};
void add_operating_answers(Answers& answers, const Operated& operated);

}  // namespace junctor::cp
