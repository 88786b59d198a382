// SPDX-License-Identifier: MIT
// Leg: one dialog with one peer (or several early ones, while it rings), as a state table
// (leg_table.cpp).
//
//   in:   Invited --> Alerting --> Answered --> Confirmed --> Ending --> Ended
//   out:  Calling --> Proceeding --> Accepted --> Confirmed --> Ending --> Ended
//                          `--> Cancelling --> Ended
//
// To its call a leg speaks of offers, ringing, answers and causes; SIP messages, their races (RFC
// 5407) and retransmissions end here. Descriptions pass as text of our own making, and are kept by
// LegMedia.
//
// Threads   the control loop's.
// Lifetime  owned by its call, which outlives every transaction's callback by way of
// LegOwner::alive().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/cause.hpp"
#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/b2bua/exchange.hpp"
#include "controlplane/b2bua/leg_media.hpp"

namespace junctor::cp {

class Leg;

// What a leg tells its call.
class LegOwner {
 public:
  virtual ~LegOwner() = default;

  virtual void on_progress(Leg& leg, std::uint16_t status, bool has_answer) = 0;
  virtual void on_answered(Leg& leg) = 0;                    // 2xx: answered our offer, or made one
  virtual void on_failed(Leg& leg, const Cause& cause) = 0;  // not answered; the leg has ended
  virtual void on_acknowledged(Leg& leg) = 0;  // the ACK of our 2xx, with its answer if we offered
  virtual void on_released(Leg& leg, const Cause& cause) = 0;  // by the peer, or it cannot go on

  virtual void on_reoffer(Leg& leg) = 0;  // media().their_offer(), or none: we are to offer
  virtual void on_reoffer_withdrawn(Leg& leg) = 0;  // cancelled before we answered
  virtual void on_reoffer_settled(Leg& leg) = 0;    // we had offered in a 2xx, and the ACK answered
  virtual void on_offer_accepted(Leg& leg) = 0;
  virtual void on_offer_refused(Leg& leg, const Cause& cause) = 0;
  virtual void on_offer_due(Leg& leg) = 0;  // after glare: it is time to try again
  virtual void on_info(Leg& leg, std::unique_ptr<ServerTransaction> info) = 0;
  virtual void on_stray_answer(Leg& leg) = 0;  // of a re-INVITE from before a restart
  virtual void on_sending() = 0;               // a request of the dialog is about to leave
  virtual void on_ending(const Leg& leg, const Cause& cause) = 0;  // before the peer hears of it

  // Every callback from outside runs between these, and keeps what alive() gives.
  virtual std::weak_ptr<void> alive() = 0;
  virtual void enter() = 0;
  virtual void leave() = 0;
};

class Leg {
 public:
  enum class State : std::uint8_t {
    Idle,
    Invited,
    Alerting,
    Answered,
    Closing,
    Calling,
    Proceeding,
    Accepted,
    Cancelling,
    Confirmed,
    Ending,
    Ended
  };
  enum class Event : std::uint8_t {
    Ring,
    Answer,
    Release,
    Cancel,
    Ack,
    NoAck,  // of a leg that was called
    Place,
    Provisional,
    Success,
    Failure,
    Acknowledge,  // of a leg that calls
    Bye,
    Gone,
    Expired
  };
  // What comes with an event; what is not there is null.
  struct Input {
    const interop::Message* message = nullptr;
    const Response* response = nullptr;
    const Cause* cause = nullptr;
    const std::string* sdp = nullptr;
    std::unique_ptr<ServerTransaction>* request = nullptr;
    std::uint16_t status = 0;
  };
  struct Row {
    State state;
    Event event;
    std::vector<State> next;
    void (Leg::*action)(const Input&);
    std::string_view sentence;
  };
  static const std::vector<Row>& table();
  static std::string_view name_of(State state);
  static std::string_view name_of(Event event);
  static std::string print_table();  // one line a row: "Invited Ring -> Alerting: ..."

  // A leg that was called: the INVITE has no final response yet.
  Leg(Exchange& exchange, LegOwner& owner, TrunkPtr trunk, Dialog dialog,
      std::unique_ptr<ServerTransaction> invite);
  // A leg that will call, or that is rebuilt.
  Leg(Exchange& exchange, LegOwner& owner, TrunkPtr trunk, Dialog dialog);
  ~Leg();
  Leg(const Leg&) = delete;
  Leg& operator=(const Leg&) = delete;
  void restore(bool is_incoming);  // Idle --> Confirmed, without a message

  // Setting up.
  void ring(std::uint16_t status, const std::string* sdp);  // 18x
  void answer(const std::string& sdp);                      // 2xx
  void place(const interop::Message& invite,
             std::size_t peer);              // what makes it an INVITE of the dialog is added
  void acknowledge(const std::string* sdp);  // ACK; sdp answers the 2xx's offer
  // Ends it by whatever its state asks for: a failure, CANCEL, BYE. In any state.
  void release(const Cause& cause);

  // Later. One of theirs, or one of ours, at a time.
  bool may_offer() const;                                      // ours would not break a rule
  void reoffer(const std::string& sdp);                        // re-INVITE
  bool is_waiting() const { return retry_timer_ != nullptr; }  // to offer again after glare
  bool withdraw_reoffer();  // true: nothing will be heard of it any more
  bool has_reoffer() const { return theirs_.transaction != nullptr && !theirs_.is_answered; }
  void answer_reoffer(const std::string& sdp);  // 2xx to theirs: our answer, or our offer
  void refuse_reoffer(const Refusal& refusal);
  void pass_info(std::unique_ptr<ServerTransaction> info);

  // A 2xx to an INVITE of this dialog that nothing waits for any more.
  void on_stray_answer(const interop::Message& answer);

  // What comes from where our requests go is not a stranger's; after each event.
  void follow_target();

  // A request of this dialog.
  void on_request(std::unique_ptr<ServerTransaction> request);

  State state() const { return state_; }
  bool has_ended() const { return state_ == State::Ended; }
  bool is_established() const { return state_ == State::Confirmed || state_ == State::Answered; }
  bool is_incoming() const { return is_incoming_; }
  LegMedia& media() { return media_; }
  const LegMedia& media() const { return media_; }
  const Dialog& dialog() const { return dialog_; }
  Dialog& dialog() { return dialog_; }
  const TrunkPtr& trunk() const { return trunk_; }

 private:
  // An INVITE of ours: the ACK is repeated for each 2xx.
  struct OwnInvite {
    std::shared_ptr<ClientTransaction> transaction;
    std::uint32_t cseq = 0;
    std::optional<interop::Message> ack;
    std::string ack_tag;  // of the fork that won
  };
  struct TheirReoffer {
    std::shared_ptr<ServerTransaction> transaction;
    bool is_invite = false;
    bool is_answered = false;
  };
  struct InfoRelay {
    std::shared_ptr<ServerTransaction> from;
    std::shared_ptr<ClientTransaction> to;
  };

  void serve(std::unique_ptr<ServerTransaction> request);
  void fire(Event event, const Input& input);
  void go(State next);
  void close();
  template <typename F>
  auto guarded(F function);

  // Actions of the table, leg_in.cpp.
  void send_progress(const Input& input);
  void send_answer(const Input& input);
  void send_failure(const Input& input);
  void take_cancel(const Input& input);
  void take_early_bye(const Input& input);
  void take_ack(const Input& input);
  void give_up_ack(const Input& input);
  void wait_for_ack(const Input& input);
  // leg_out.cpp
  void send_invite(const Input& input);
  void take_progress(const Input& input);
  void take_success(const Input& input);
  void take_failure(const Input& input);
  void send_ack(const Input& input);
  void send_cancel(const Input& input);
  void end_late_answer(const Input& input);
  void take_more_success(const Input& input);
  void ack_and_bye(const Input& input);
  // leg.cpp
  void take_bye(const Input& input);
  void send_bye(const Input& input);
  void finish(const Input& input);
  void ignore(const Input& input);

  void on_invite_response(const Response& response);
  void end_fork(const interop::Message& success);
  bool know_fork(const std::string& tag);
  std::optional<Refusal> take_description(const interop::Message& success, bool is_final);
  void refuse_success(const interop::Message& success, const std::string& why);

  void on_bye(std::unique_ptr<ServerTransaction> request);
  void on_reinvite(std::unique_ptr<ServerTransaction> request);
  void on_update(std::unique_ptr<ServerTransaction> request);
  void on_info(std::unique_ptr<ServerTransaction> request);
  void on_options(std::unique_ptr<ServerTransaction> request);
  bool refuse_clash(ServerTransaction& request);
  bool take_their_offer(ServerTransaction& request);
  void on_reinvite_ack(const interop::Message& ack);
  void on_reinvite_response(const Response& response);
  void take_reanswer(const interop::Message& success);
  void wait_after_glare();
  void take_stray_answer(const interop::Message& answer);
  void drop_reoffers();

  void send(interop::Message message, std::function<void(const Response&)> on_response,
            std::shared_ptr<ClientTransaction>& into, Milliseconds final_timeout = Milliseconds{0});
  void send_ack_message(const interop::Message& ack);
  SocketAddress listener_address() const;
  void count_failure(std::uint16_t status, std::string_view why);
  void respond(ServerTransaction& request, interop::Message response);
  void respond(ServerTransaction& request, std::uint16_t status);

  // Given.
  Exchange& exchange_;
  LegOwner& owner_;
  TrunkPtr trunk_;
  // Owned.
  Dialog dialog_;
  DialogPeers::Hold elsewhere_;
  LegMedia media_;
  std::shared_ptr<ServerTransaction> invite_in_;  // until its ACK
  OwnInvite invite_out_;
  OwnInvite reinvite_out_;
  TheirReoffer theirs_;
  std::shared_ptr<ClientTransaction> bye_;
  std::vector<InfoRelay> relays_;
  ipc::HandlePtr timer_;        // of the state: Cancelling
  ipc::HandlePtr linger_;       // until 2xx to our INVITE are no longer repeated
  ipc::HandlePtr retry_timer_;  // after glare
  // State.
  State state_ = State::Idle;
  bool is_incoming_ = false;
  bool is_reoffering_ = false;  // our re-INVITE has no final response
  bool is_acknowledged_ = false;
  bool had_provisional_ = false;
  bool is_counted_ = false;  // among its trunk's calls, until it is closed
  std::size_t peer_ = 0;
  std::uint32_t stray_cseq_ = 0;    // of the stray answer that was heard of last
  std::vector<std::string> forks_;  // tags of early dialogs
  Cause released_;
};

// What we serve, for Allow.
inline constexpr std::string_view kAllow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
// The answer to a request with a method that is not served: 405 or 501, with Allow; 481 for PRACK.
interop::Message method_refusal(std::string_view method);
interop::Message options_response();

template <typename F>
auto Leg::guarded(F function) {
  return [alive = owner_.alive(), owner = &owner_, function = std::move(function)](auto&&... args) {
    const std::shared_ptr<void> call = alive.lock();
    if (!call) return;
    owner->enter();
    function(std::forward<decltype(args)>(args)...);
    owner->leave();
  };
}

}  // namespace junctor::cp
