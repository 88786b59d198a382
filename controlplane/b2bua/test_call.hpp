// SPDX-License-Identifier: MIT
// TestCall: the gateway itself calls a number on a trunk, talks for a while, and tells what it heard.
//
//   Calling --> Ringing --> Hearing --> Ended        (Ringing with early media: it listens, RFC 3960)
//      ^___________|  next peer           (after its seconds, or whoever ends it first)
//
//   Leg to the trunk (one attempt after another) --- media session of one leg, whose far end is an
//                                                    endpoint in the dataplane: tone or echo
//
// It offers G.711 alone, of what the trunk allows. What the peer changes meanwhile (hold, a new
// address) is answered here. After a restart of junctor-control it does not go on: the journal has it
// as a call that ended then, so that the peer is told.
//
// Threads   the control loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/b2bua/identity.hpp"
#include "controlplane/b2bua/live_call.hpp"

namespace junctor::cp {

class TestCall final : public LiveCall, public std::enable_shared_from_this<TestCall> {
 public:
  TestCall(Exchange& exchange, std::string id, TestOrder order);
  ~TestCall() override;

  void start();

  // LiveCall.
  void end(const Cause& cause) override;
  void on_media_timeout(std::uint32_t) override {}
  void on_media_refused(const std::string& reason) override;
  const std::string& id() const override { return id_; }
  junctor::management::v1::Call show() const override;
  const std::vector<std::string>& sip_call_ids() const override { return sip_call_ids_; }
  CallFacts facts() const override;
  std::string state_name() const override;
  std::optional<junctor::management::v1::CallTest> test() const override;

  // LegOwner.
  void on_progress(Leg& leg, std::uint16_t status, bool has_answer) override;
  void on_answered(Leg& leg) override;
  void on_failed(Leg& leg, const Cause& cause) override;
  void on_acknowledged(Leg&) override {}
  void on_released(Leg& leg, const Cause& cause) override;
  void on_reoffer(Leg& leg) override;
  void on_reoffer_withdrawn(Leg&) override {}
  void on_reoffer_settled(Leg&) override {}
  void on_offer_accepted(Leg&) override {}  // it makes no offer of its own once it is answered
  void on_offer_refused(Leg&, const Cause&) override {}
  void on_offer_due(Leg&) override {}
  void on_info(Leg& leg, std::unique_ptr<ServerTransaction> info) override;
  void on_stray_answer(Leg&) override {}
  void on_sending() override { save(); }
  void on_ending(const Leg&, const Cause&) override {}
  std::weak_ptr<void> alive() override { return weak_from_this(); }
  void enter() override { ++depth_; }
  void leave() override;

 private:
  enum class State : std::uint8_t { Calling, Ringing, Hearing, Ended };

  void place_next();
  bool place(const RouteTarget& target);
  void settle();
  bool is_early() const { return state_ == State::Ringing && early_after_ms_ != 0; }
  void ask_what_was_early();
  void drop_early();
  void apply_media();
  void save();
  void finish(std::optional<media::v1::SessionStatistics> statistics);
  void write_record() const;
  std::uint32_t since_start_ms() const;

  // Given.
  Exchange& exchange_;
  const std::string id_;
  const TestOrder order_;
  // Owned.
  std::unique_ptr<Leg> leg_;                // the attempt that counts
  std::vector<std::unique_ptr<Leg>> past_;  // attempts that failed
  ipc::HandlePtr over_;                     // when it was heard long enough
  // State.
  State state_ = State::Calling;
  std::uint32_t depth_ = 0;
  Parties parties_;
  std::vector<RouteTarget> targets_;
  std::size_t next_target_ = 0;
  std::vector<interop::Codec> codecs_;
  std::vector<std::string> sip_call_ids_{""};
  Nanoseconds started_;
  std::uint64_t started_ms_, answered_ms_ = 0, ended_ms_ = 0;
  std::uint32_t ringing_after_ms_ = 0, answered_after_ms_ = 0, early_after_ms_ = 0;
  std::uint16_t sip_status_ = 0;
  std::optional<Cause> ended_;
  std::optional<media::v1::SessionStatistics> heard_;  // at the end
  std::optional<media::v1::Heard> early_;              // before the answer, once there was one
  bool has_session_ = false;
  bool is_recorded_ = false;
  bool is_forgotten_ = false;
  std::size_t session_hash_ = 0;
};

}  // namespace junctor::cp
