// SPDX-License-Identifier: MIT
// Switchboard: all calls. Takes requests from the stack, finds their dialog, makes calls, resumes
// them from the journal.
//
//   Stack --> Switchboard --> Call --> Leg (a dialog with one peer)   <-- state tables: leg.hpp,
//   call.hpp
//                                 --> Leg (one dialog, or several early ones)
//                                 --> MediaPlane (one session a call)
//                                 --> Journal (established calls, records)
//
// Threads   the control loop's.
// Lifetime  calls are owned here and end themselves; given objects outlive the switchboard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/call_index.hpp"
#include "controlplane/b2bua/dialog_peers.hpp"
#include "controlplane/journal/journal.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/routing/router.hpp"
#include "controlplane/sip/stack.hpp"
#include "management/v1/management.pb.h"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

// A call that the gateway itself makes, to hear what comes (test_call.hpp).
struct TestOrder {
  TrunkPtr trunk;
  std::string number;
  std::string calling;
  bool is_echo = false;  // sends back what it hears, in place of a tone
  Seconds seconds{5};    // of voice
};
// Who calls in a test call, where others have a trunk; the name of none, which has no blank.
inline constexpr std::string_view kTestParty = "test call";

class Switchboard {
 public:
  struct Given {
    ipc::Loop& loop;
    Stack& stack;
    MediaPlane& media;
    Journal& journal;
    TrunkTable& trunks;
    Router& router;
    CounterRegistry& counters;
  };
  // What of the configuration calls need; may change at any time, for the next call.
  struct Settings {
    std::uint32_t max_calls = 10000;
    bool takes_calls = true;  // false: no new ones but the gateway's with itself
    std::uint8_t dscp = 46;
    std::uint32_t media_timeout_s = 60;
    std::uint32_t media_timeout_on_hold_s = 3600;
  };
  static std::unique_ptr<Switchboard> create(Given given, Settings settings);
  virtual ~Switchboard() = default;

  virtual void set_settings(const Settings& settings) = 0;
  // Rebuilds the established calls of the journal without a message on the wire; returns how many.
  // Once, before traffic.
  virtual std::uint32_t resume() = 0;

  // The trunk of calls of the gateway with itself (loopback.hpp).
  virtual void set_loopback([[maybe_unused]] TrunkPtr trunk) {}
  // Begins a test call; its id, or why it is not made. All else is in test().
  virtual Result<std::string> start_test(const TestOrder& order) = 0;
  // How it goes, or went: of those that last, and of the last 16 that ended.
  virtual std::optional<junctor::management::v1::CallTest> test(std::string_view call_id) const = 0;
  virtual void end_test(std::string_view call_id) = 0;

  // What the stack tells.
  virtual void on_request(std::unique_ptr<ServerTransaction> transaction) = 0;
  virtual void on_stray_ack(const interop::Message& ack, void* trunk) = 0;
  // A 2xx to an INVITE of ours from before a restart: it is acknowledged.
  virtual void on_stray_answer(const interop::Message& response) = 0;

  // The addresses beside the trunks' own that live dialogs lead to; see there.
  virtual DialogPeers& dialog_peers() = 0;

  virtual std::uint32_t calls() const = 0;
  virtual std::vector<junctor::management::v1::Call> show(
      std::string_view call_id) const = 0;  // "": all
  // Ids of the live calls that begin so; one that is an id is that alone.
  virtual std::vector<std::string> find(std::string_view id_begin) const = 0;
  // The call whose id begins so, live or among the last that ended, if it is one alone; else what was
  // given.
  virtual std::string find_any(std::string_view id_begin) const { return std::string(id_begin); }
  // Ends a live call in any state, as if both sides had hung up. False: there is none of this id.
  virtual bool clear(std::string_view call_id, std::string_view user) = 0;
  // What all messages of a call have in common: the Call-ID of its calling side. That of no call's
  // message is its own.
  virtual std::string correlation_id(std::string_view sip_call_id) const {
    return std::string(sip_call_id);
  }
  // SIP Call-IDs of the legs (index 0 the calling side) of a call, live or among the last 10,000
  // ended or refused.
  virtual std::vector<std::string> sip_call_ids(std::string_view call_id) const = 0;
  // Ids of the last calls that fit, the newest first, live or ended.
  virtual std::vector<std::string> last_calls(std::uint32_t how_many,
                                              const CallFilter& filter) const = 0;
  // The other way round: which call a SIP Call-ID is of, or nullptr.
  virtual const CallIndex::SipCall* call_of(std::string_view sip_call_id) const = 0;
  virtual bool fits(std::string_view call_id, const CallFilter& filter) const = 0;
  // Live calls in figures, and so many of the newest, the newest first.
  virtual void summarize(std::uint32_t newest, junctor::management::v1::Reply& reply) const = 0;
};

}  // namespace junctor::cp
