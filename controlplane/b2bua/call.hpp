// SPDX-License-Identifier: MIT
// Call: joins two legs, as a state table (call_table.cpp). Knows who is asked next, what both sides
// agreed, and what the dataplane and the journal must know.
//
//   Placing --> Alerting --> Joining --> Established --> Ending
//      ^___________|  next target
//
//   caller's Leg  <-- offer, ringing, answer, cause -->  callee's Leg (one attempt after another)
//
// Threads   the control loop's.
// Lifetime  shared with the callbacks under way; the exchange forgets it when both legs have ended
// and its record is written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/identity.hpp"
#include "controlplane/b2bua/live_call.hpp"

namespace junctor::journal::v1 {
class Call;
class Leg;
}  // namespace junctor::journal::v1

namespace junctor::cp {

class Call final : public LiveCall, public std::enable_shared_from_this<Call> {
 public:
  enum class State : std::uint8_t { Placing, Alerting, Joining, Established, Ending };
  enum class Event : std::uint8_t {
    Progress,
    Answered,
    Failed,
    Acknowledged,
    Released,
    Reoffer,
    Withdrawn,
    Settled,
    Accepted,
    Refused,
    Due,
    Info,
    Stray
  };
  struct Input {
    Leg* leg = nullptr;
    const Cause* cause = nullptr;
    std::unique_ptr<ServerTransaction>* info = nullptr;
    std::uint16_t status = 0;
    bool has_answer = false;
  };
  struct Row {
    State state;
    Event event;
    std::vector<State> next;
    void (Call::*action)(const Input&);
    std::string_view sentence;
  };
  static const std::vector<Row>& table();
  static std::string_view name_of(State state);
  static std::string_view name_of(Event event);
  static std::string print_table();

  Call(Exchange& exchange, std::string id);
  ~Call() override;
  // A call of the journal: it goes on; or it does not, and its sides are told, and its record is
  // written; or nothing is known of it.
  enum class Restored : std::uint8_t { Resumed, Ended, Unreadable };
  Restored restore(std::string_view value);

  // Takes an INVITE; it is refused at once if nothing can come of it.
  void start(const TrunkPtr& trunk, Dialog dialog, const Parties& parties,
             std::unique_ptr<ServerTransaction> invite);
  void on_media_timeout(std::uint32_t silent_s) override;
  void on_media_refused(const std::string& reason) override;
  // Ends it, whatever its state.
  void end(const Cause& cause) override;

  const std::string& id() const override { return id_; }
  State state() const { return state_; }
  bool is_ending() const { return state_ == State::Ending; }
  junctor::management::v1::Call show() const override;
  const std::vector<std::string>& sip_call_ids() const override { return sip_call_ids_; }
  CallFacts facts() const override;
  std::string state_name() const override { return std::string(name_of(state_)); }

  // LegOwner.
  void on_progress(Leg& leg, std::uint16_t status, bool has_answer) override;
  void on_answered(Leg& leg) override;
  void on_failed(Leg& leg, const Cause& cause) override;
  void on_acknowledged(Leg& leg) override;
  void on_released(Leg& leg, const Cause& cause) override;
  void on_reoffer(Leg& leg) override;
  void on_reoffer_withdrawn(Leg& leg) override;
  void on_reoffer_settled(Leg& leg) override;
  void on_offer_accepted(Leg& leg) override;
  void on_offer_refused(Leg& leg, const Cause& cause) override;
  void on_offer_due(Leg& leg) override;
  void on_info(Leg& leg, std::unique_ptr<ServerTransaction> info) override;
  void on_stray_answer(Leg& leg) override;
  void on_sending() override { save(); }
  void on_ending(const Leg& leg, const Cause& cause) override;
  std::weak_ptr<void> alive() override { return weak_from_this(); }
  void enter() override { ++depth_; }
  void leave() override;

 private:
  // An offer of ours that is open on a leg, and who waits for what comes of it.
  struct Pending {
    Leg* to = nullptr;    // nullptr: none
    Leg* from = nullptr;  // whose re-INVITE or UPDATE waits; nullptr: nobody
    bool is_withdrawn = false;
    unsigned tries = 0;
  };

  void fire(Event event, const Input& input);
  // Actions of the table: call_setup.cpp
  void tell_progress(const Input& input);
  void join(const Input& input);
  void try_other(const Input& input);
  void establish(const Input& input);
  // call_midcall.cpp
  void take_reoffer(const Input& input);
  void refuse_reoffer(const Input& input);
  void withdraw(const Input& input);
  void settle_reoffer(const Input& input);
  void pass_acceptance(const Input& input);
  void pass_refusal(const Input& input);
  void offer_again(const Input& input);
  void pass_info(const Input& input);
  void put_back(const Input& input);
  // call.cpp
  void abandon(const Input& input);
  void ignore(const Input& input);
  void refuse_info(const Input& input);

  void note_sip_call_id(const std::string& sip_call_id);
  void place_next();
  bool place(const RouteTarget& target);
  bool compose_offer(Leg& callee, std::optional<std::string>& sdp, Cause& failure);
  void fail(const Cause& cause);
  std::optional<Refusal> answer_caller();
  bool answer_callee();
  void align();
  bool hears_all(const Leg& leg) const;

  Leg& other(const Leg& leg) { return &leg == caller_.get() ? *callee_ : *caller_; }
  bool answer_locally(Leg& leg);
  bool answer_meanwhile(Leg& leg);
  void drop_retry(Leg& leg);
  bool is_local_matter(Leg& leg) const;
  bool offer_other(Leg& from, std::optional<Refusal>& refusal);
  void tell_other(Leg& leg);
  bool tell(Leg& to);
  void tell_what_is_due();
  void note_told(const Leg& leg);

  void settle();
  void apply_media();
  void save();
  void save_end(const Cause& cause);
  void write_down(const Cause* ended);
  std::unique_ptr<Leg> restore_leg(const journal::v1::Leg& saved, std::string& trouble);
  void end_restored(const journal::v1::Call& saved, const Cause& cause, std::uint64_t when_ms);
  void finish_record();
  void write_record(std::optional<media::v1::SessionStatistics> statistics);

  // Given.
  Exchange& exchange_;
  std::string id_;
  // Owned.
  std::unique_ptr<Leg> caller_;
  std::unique_ptr<Leg> callee_;             // the attempt that counts
  std::vector<std::unique_ptr<Leg>> past_;  // attempts that failed or were cancelled
  // State.
  State state_ = State::Placing;
  std::uint32_t depth_ = 0;
  Parties parties_;
  std::optional<interop::Message> invite_;  // the caller's; until the call is answered
  RouteDecision decision_;
  std::size_t next_target_ = 0;
  std::optional<Cause> best_;  // of the failures so far
  TrunkPtr refused_by_;        // the last that took no more calls
  Pending pending_;
  // A side that has not been told what is agreed with the other, because it could not be offered
  // anything at that time.
  bool is_caller_due_ = false;
  bool is_callee_due_ = false;
  std::string called_out_;
  std::string calling_out_;
  std::string trunk_in_;
  std::string trunk_out_;
  std::string peer_in_;  // signalling addresses
  std::string peer_out_;
  std::string route_;
  std::vector<std::string> sip_call_ids_;
  std::uint64_t started_ms_ = 0;
  std::uint64_t ringing_ms_ = 0;  // the caller heard of it
  std::uint64_t answered_ms_ = 0;
  std::uint64_t ended_ms_ = 0;
  std::optional<Cause> ended_;
  bool is_resumed_ = false;
  bool is_loopback_ = false;  // of the gateway with itself: not written down
  bool has_session_ = false;  // the dataplane was told of it
  bool is_recorded_ = false;
  bool is_forgotten_ = false;
  bool forth_ = false;  // caller to callee is heard, as the dataplane was told
  bool back_ = false;
  std::size_t session_hash_ = 0;
  std::size_t saved_hash_ = 0;
  bool is_end_saved_ = false;
};

}  // namespace junctor::cp
