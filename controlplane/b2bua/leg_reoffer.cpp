// SPDX-License-Identifier: MIT
// Offers within a dialog: re-INVITE and UPDATE of the peer's, re-INVITE of ours, and how they clash
// (RFC 3261, section 14; RFC 3311, section 5.2; RFC 5407, section 3).
#include "controlplane/b2bua/leg.hpp"
#include "platform/base/random.hpp"

namespace junctor::cp {

using interop::Message;
using interop::SdpRole;

namespace {

// Ours is not answered in this time: the peer is gone.
constexpr Milliseconds kReofferTimeout{90000};

}  // namespace

bool Leg::may_offer() const {
  return state_ == State::Confirmed && !is_reoffering_ && !retry_timer_ &&
         theirs_.transaction == nullptr && !media_.is_offered() && !media_.their_offer();
}

// Whether the request comes while something else is open; then it is answered.
bool Leg::refuse_clash(ServerTransaction& request) {
  const bool is_called_still = state_ == State::Invited || state_ == State::Alerting;
  if (has_reoffer() || is_called_still) {
    // RFC 3261, section 14.2: one of theirs is not answered yet.
    exchange_.count(kPendingRefused);
    Message response = Message::response(500, std::string(phrase_of(500)));
    response.add("Retry-After", std::to_string(random_between(0, 10)));
    respond(request, std::move(response));
    return true;
  }
  if (is_reoffering_ || media_.is_offered()) {
    exchange_.count(kGlareGiven);
    respond(request, 491);
    return true;
  }
  return false;
}

// Reads the request's offer, if it has one; false: it was refused.
bool Leg::take_their_offer(ServerTransaction& request) {
  ReadSdp read = read_sdp(request.request(), trunk_->dialect(), SdpRole::Offer);
  std::optional<Refusal> refusal = std::move(read.refusal);
  if (!refusal && read.sdp) refusal = media_.take_offer(std::move(*read.sdp));
  if (!refusal) return true;
  exchange_.count(kRefusedDescription);
  Message response = Message::response(refusal->status, std::string(phrase_of(refusal->status)));
  if (refusal->status == 415) response.add("Accept", "application/sdp");
  add_warning(response, *refusal, listener_address());
  respond(request, std::move(response));
  return false;
}

void Leg::on_reinvite(std::unique_ptr<ServerTransaction> request) {
  if (state_ == State::Ending || state_ == State::Closing || state_ == State::Accepted) {
    return respond(*request, state_ == State::Accepted ? 491 : 481);
  }
  if (refuse_clash(*request)) return;
  if (!is_established()) return respond(*request, 491);
  if (!take_their_offer(*request)) return;
  dialog_.refresh_target(request->request());
  exchange_.bury(std::move(theirs_.transaction));
  theirs_ = TheirReoffer{std::move(request), true, false};
  theirs_.transaction->set_callbacks(
      {guarded([this](const Message&) {
         if (!has_reoffer()) return;
         refuse_reoffer({487, 0, ""});
         owner_.on_reoffer_withdrawn(*this);
       }),
       guarded([this](const Message& ack) { on_reinvite_ack(ack); }), guarded([this] {
         exchange_.count(kNoAck);
         media_.drop_offer();
         exchange_.bury(std::move(theirs_.transaction));
         owner_.on_released(*this, gateway_cause(0, "the answer was never acknowledged"));
       })});
  owner_.on_reoffer(*this);
}

void Leg::on_update(std::unique_ptr<ServerTransaction> request) {
  if (state_ == State::Ending || state_ == State::Closing) return respond(*request, 481);
  const auto say_yes = [&] {
    dialog_.refresh_target(request->request());
    exchange_.count(kRefreshed);
    Message response = Message::response(200, "OK");
    response.add("Contact", dialog_.contact);
    respond(*request, std::move(response));
  };
  // Nothing but a sign of life, or a new target.
  if (request->request().body().empty()) return say_yes();
  if (refuse_clash(*request)) return;
  if (!is_established()) return respond(*request, 491);
  if (!take_their_offer(*request)) return;
  if (!media_.their_offer()) return say_yes();
  dialog_.refresh_target(request->request());
  exchange_.bury(std::move(theirs_.transaction));
  theirs_ = TheirReoffer{std::move(request), false, false};
  owner_.on_reoffer(*this);
}

void Leg::answer_reoffer(const std::string& sdp) {
  if (!has_reoffer()) return;
  Message response = Message::response(200, "OK");
  response.add("Contact", dialog_.contact);
  response.add("Allow", std::string(kAllow));
  response.set_body("application/sdp", sdp);
  theirs_.is_answered = true;
  respond(*theirs_.transaction, std::move(response));
  if (!theirs_.is_invite) exchange_.bury(std::move(theirs_.transaction));
}

void Leg::refuse_reoffer(const Refusal& refusal) {
  if (!has_reoffer()) return;
  media_.drop_their_offer();
  const std::uint16_t status = refusal.status;
  Message response = Message::response(status, std::string(phrase_of(status)));
  add_warning(response, refusal, listener_address());
  if (status == 500) response.add("Retry-After", std::to_string(random_between(0, 10)));
  respond(*theirs_.transaction, std::move(response));
  exchange_.bury(std::move(theirs_.transaction));
}

void Leg::on_reinvite_ack(const Message& ack) {
  exchange_.bury(std::move(theirs_.transaction));
  if (!media_.is_offered() || is_reoffering_) return;
  const ReadSdp read = read_sdp(ack, trunk_->dialect(), SdpRole::Answer);
  if (!read.sdp || media_.take_answer(*read.sdp, true)) {
    exchange_.count(kBadAnswer);
    media_.drop_offer();
    return owner_.on_released(*this, gateway_cause(0, "our offer was not answered"));
  }
  owner_.on_reoffer_settled(*this);
}

void Leg::reoffer(const std::string& sdp) {
  JUNCTOR_ASSERT(state_ == State::Confirmed && !is_reoffering_);
  Message invite = dialog_.request("INVITE");
  invite.add("Contact", dialog_.contact);
  invite.add("Allow", std::string(kAllow));
  invite.set_body("application/sdp", sdp);
  reinvite_out_.cseq = dialog_.local_cseq;
  reinvite_out_.ack.reset();
  is_reoffering_ = true;
  send(std::move(invite), guarded([this, cseq = dialog_.local_cseq](const Response& response) {
         if (cseq == reinvite_out_.cseq) on_reinvite_response(response);
       }),
       reinvite_out_.transaction, kReofferTimeout);
}

void Leg::on_reinvite_response(const Response& response) {
  const std::uint16_t status = response.message.status();
  if (status < 200) return;
  if (status < 300) {
    const bool is_first = !reinvite_out_.ack;
    if (is_first) {
      dialog_.refresh_target(response.message);
      reinvite_out_.ack = dialog_.ack(reinvite_out_.cseq);
    }
    send_ack_message(*reinvite_out_.ack);
    if (is_first && is_reoffering_) take_reanswer(response.message);
    return;
  }
  if (!is_reoffering_) return;
  is_reoffering_ = false;
  media_.drop_offer();
  exchange_.bury(std::move(reinvite_out_.transaction));
  if (state_ != State::Confirmed) return;
  if (status == 491) {
    exchange_.count(kGlareMet);
    return wait_after_glare();
  }
  const Cause cause = cause_of_response(response.message, response.local, false);
  if (status == 481 || status == 408) {
    // RFC 3261, section 14.1: the dialog is gone.
    Cause gone = cause;
    gone.sentence = "the dialog was gone at a re-INVITE";
    return owner_.on_released(*this, gone);
  }
  owner_.on_offer_refused(*this, cause);
}

void Leg::take_reanswer(const Message& success) {
  is_reoffering_ = false;
  const ReadSdp read = read_sdp(success, trunk_->dialect(), SdpRole::Answer);
  if (state_ != State::Confirmed) return media_.drop_offer();
  if (!read.sdp || media_.take_answer(*read.sdp, true)) {
    exchange_.count(kBadAnswer);
    media_.drop_offer();
    return owner_.on_offer_refused(*this, gateway_cause(488, "the answer to our offer is none"));
  }
  owner_.on_offer_accepted(*this);
}

void Leg::on_stray_answer(const Message& answer) {
  guarded([&] { take_stray_answer(answer); })();
}

// The process that sent the INVITE died before this came: it is repeated until its ACK, and the
// peer would end the call without (RFC 3261, section 13.3.1.4).
void Leg::take_stray_answer(const Message& answer) {
  const std::uint32_t cseq = cseq_of(answer);
  const bool is_ours = state_ == State::Confirmed && cseq != 0 && cseq <= dialog_.local_cseq &&
                       tag_of(answer, "To") == dialog_.remote_tag;
  if (!is_ours) return exchange_.count(kUnknownDialog);
  dialog_.refresh_target(answer);
  send_ack_message(dialog_.ack(cseq));
  if (std::exchange(stray_cseq_, cseq) != cseq) owner_.on_stray_answer(*this);
}

// RFC 3261, section 14.1: who made the Call-ID waits longer.
void Leg::wait_after_glare() {
  const std::uint32_t units = is_incoming_ ? random_between(0, 200) : random_between(210, 400);
  retry_timer_ = exchange_.given.loop.after(Milliseconds(10 * units), guarded([this] {
                                              retry_timer_.reset();
                                              // Theirs came first, and is not acknowledged yet.
                                              if (theirs_.transaction) return wait_after_glare();
                                              owner_.on_offer_due(*this);
                                            }));
}

bool Leg::withdraw_reoffer() {
  if (retry_timer_) {
    retry_timer_.reset();
    return true;
  }
  if (!is_reoffering_) return true;
  if (reinvite_out_.transaction) reinvite_out_.transaction->cancel("");
  return false;
}

// The leg ends: what the peer waits for is answered, what we wait for is not heard any more.
void Leg::drop_reoffers() {
  retry_timer_.reset();
  if (has_reoffer()) {
    respond(*theirs_.transaction, 487);
    media_.drop_their_offer();
  }
  exchange_.bury(std::move(theirs_.transaction));
}

}  // namespace junctor::cp
