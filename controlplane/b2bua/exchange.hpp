// SPDX-License-Identifier: MIT
// Exchange: what calls and legs share: the planes that they work with, the table of dialogs,
// counters, and a grave for transactions and calls that end within their own callbacks.
//
// Threads   the control loop's.
// Lifetime  the switchboard owns it; it outlives every call.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/counters.hpp"
#include "controlplane/b2bua/dialog_peers.hpp"
#include "controlplane/b2bua/switchboard.hpp"

namespace junctor::cp {

class Leg;
class LiveCall;

class Exchange {
 public:
  Exchange(Switchboard::Given things, Switchboard::Settings first)
      : given(things), settings(first), dialog_peers(things.loop.clock()) {}
  virtual ~Exchange() = default;

  void count(B2buaCounter what) { counters[what].add(); }
  std::uint64_t wall_ms() const {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<Milliseconds>(given.loop.clock().wall()).count());
  }

  // Requests of that dialog go to the leg from now on.
  virtual void add_dialog(const std::string& call_id, const std::string& local_tag, Leg& leg) = 0;
  virtual void remove_dialog(const std::string& call_id, const std::string& local_tag) = 0;
  // Messages of that SIP Call-ID are of the call.
  virtual void add_sip_call_id(const LiveCall& call, const std::string& sip_call_id) = 0;
  // Destroyed when no callback runs any more.
  virtual void bury(std::shared_ptr<void> thing) = 0;
  // The call has ended in every respect.
  virtual void forget(LiveCall& call) = 0;

  // Whether calls of that trunk are the gateway's with itself, and not written down.
  bool is_loopback(const TrunkPtr& trunk) const { return loopback && trunk == loopback; }

  // So many calls may be. Those of a loopback call take nobody's place, and want no more than that
  // there is room for calls: while the last one is waited for, a version on trial is still judged.
  std::uint32_t max_calls(const TrunkPtr& trunk) const {
    constexpr std::uint32_t kOwn = 3;  // who calls, who relays, who answers
    if (!settings.takes_calls && !is_loopback(trunk)) return 0;
    const bool has_own = is_loopback(trunk) || (loopback && loopback->calls > 0);
    return settings.max_calls + (has_own && settings.max_calls > 0 ? kOwn : 0);
  }

  // Given.
  Switchboard::Given given;
  TrunkPtr loopback;  // once there was such a call
  // State.
  Switchboard::Settings settings;
  CounterSet<kB2buaCounterCount> counters{kB2buaCounters};
  DialogPeers dialog_peers;
  std::uint32_t live_calls = 0;  // that are not ending
  std::uint32_t live_tests = 0;  // test calls whose record is not written
};

}  // namespace junctor::cp
