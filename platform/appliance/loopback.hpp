// SPDX-License-Identifier: MIT
// Loopback: has junctor-control make a loopback call, and hears what became of it, for the health gate: a version whose
// programs run and whose ports are there may still carry no voice.
//
//   look(), each second --> TestCall --> ShowTestCall ... --> heard, or why not (and the next one begins, after a
//                                                             pause that is twice as long as the one before)
//
// Threads   the loop's.
// Lifetime  what is given outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "management/v1/management.pb.h"
#include "platform/base/clock.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

class Loopback {
 public:
  static constexpr std::uint32_t kSeconds = 2;  // of voice
  static constexpr Seconds kPatience{15};       // from its beginning to its end
  static constexpr Seconds kFirstPause{1};      // after one that was not heard
  static constexpr Seconds kLongestPause{60};
  // A trial has no time for more: what works late is to be heard before it ends (Gate::kLimit).
  static constexpr Seconds kLongestOnTrial{8};

  // path: of the management socket. longest: pause.
  Loopback(ipc::Loop& loop, const Clock& clock, const std::string& path, Seconds longest);

  // Begins a call, or asks how it goes; nothing once one was heard, and while it pauses.
  void look();
  // What was heard holds no more, nor what was not.
  void forget();

  bool is_heard() const { return is_heard_; }
  const std::string& trouble() const { return trouble_; }  // of the last call that was not heard

 private:
  void ask(management::v1::Request& request);
  void on_frame(Bytes frame);
  void give_up(const std::string& why);

  // Given.
  const Clock& clock_;
  const Seconds longest_;
  // State.
  std::string call_id_;      // of the call that lasts
  Nanoseconds began_{0};     // 0: none was asked for
  std::uint64_t asked_ = 0;  // the id of the last request; 0: no answer is waited for
  std::uint64_t last_id_ = 0;
  Nanoseconds next_{0};  // no call before it
  Seconds pause_ = kFirstPause;
  bool is_heard_ = false;
  std::string trouble_ = "none was made";
  // Owned.
  std::unique_ptr<ipc::Client> client_;
};

}  // namespace junctor::appliance
