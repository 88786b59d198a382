// SPDX-License-Identifier: MIT
// LiveCall: a call as the switchboard sees it: one that joins two peers (Call), or one in which the
// gateway itself talks with a peer (TestCall).
//
// Threads   the control loop's.
// Lifetime  shared with the callbacks under way; ends itself, and is then forgotten by its exchange.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/b2bua/call_index.hpp"
#include "controlplane/b2bua/leg.hpp"
#include "management/v1/management.pb.h"

namespace junctor::cp {

class LiveCall : public LegOwner {
 public:
  // Ends it, whatever its state.
  virtual void end(const Cause& cause) = 0;
  virtual void on_media_timeout(std::uint32_t silent_s) = 0;
  virtual void on_media_refused(const std::string& reason) = 0;

  virtual const std::string& id() const = 0;
  virtual junctor::management::v1::Call show() const = 0;
  // Of its legs, the calling side's first; "" where that is no peer.
  virtual const std::vector<std::string>& sip_call_ids() const = 0;
  virtual std::string state_name() const = 0;  // as show() says it
  // What it is found by, also when it has ended.
  virtual CallFacts facts() const = 0;
  // How a test call goes; nothing for others.
  virtual std::optional<junctor::management::v1::CallTest> test() const { return std::nullopt; }
};

}  // namespace junctor::cp
