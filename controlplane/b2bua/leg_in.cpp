// SPDX-License-Identifier: MIT
// A leg that was called, until its 2xx is acknowledged.
#include "controlplane/b2bua/leg.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

void add_body(Message& message, const std::string* sdp) {
  if (sdp != nullptr && !sdp->empty()) message.set_body("application/sdp", *sdp);
}

}  // namespace

void Leg::send_progress(const Input& input) {
  Message response = Message::response(input.status, std::string(phrase_of(input.status)));
  response.add("Contact", dialog_.contact);
  response.add("Allow", std::string(kAllow));
  add_body(response, input.sdp);
  respond(*invite_in_, std::move(response));
}

void Leg::send_answer(const Input& input) {
  ++trunk_->counts().in.answered;
  Message response = Message::response(200, "OK");
  response.add("Contact", dialog_.contact);
  response.add("Allow", std::string(kAllow));
  add_body(response, input.sdp);
  respond(*invite_in_, std::move(response));
}

void Leg::send_failure(const Input& input) {
  if (input.cause->by != By::Operator) {
    const std::uint16_t status = status_for_caller(*input.cause);
    count_failure(status, phrase_of(status));
    trunk_->counts().in.fail(status);
  }
  if (invite_in_ && !invite_in_->is_answered())
    respond(*invite_in_, failure_response(*input.cause, listener_address()));
  exchange_.bury(std::move(invite_in_));
}

void Leg::take_cancel(const Input& input) {
  trunk_->counts().in.fail(487);
  respond(*invite_in_, 487);
  exchange_.bury(std::move(invite_in_));
  owner_.on_released(*this, cause_of_request(*input.message, By::Caller, "the caller gave up"));
}

// RFC 3261, section 15.1.2: the INVITE still wants its final response.
void Leg::take_early_bye(const Input& input) {
  trunk_->counts().in.fail(487);
  respond(*invite_in_, 487);
  exchange_.bury(std::move(invite_in_));
  respond(**input.request, 200);
  owner_.on_released(
      *this, cause_of_request((*input.request)->request(), By::Caller, "the caller gave up"));
}

void Leg::take_ack(const Input& input) {
  exchange_.bury(std::move(invite_in_));
  is_acknowledged_ = true;
  if (media_.is_offered()) {
    // We offered in the 2xx: the ACK must answer (RFC 3261, section 13.2.2.4).
    const ReadSdp read = read_sdp(*input.message, trunk_->dialect(), interop::SdpRole::Answer);
    if (!read.sdp || media_.take_answer(*read.sdp, true)) {
      exchange_.count(kBadAnswer);
      media_.drop_offer();
      return owner_.on_released(*this, gateway_cause(0, "the caller did not answer our offer"));
    }
  }
  owner_.on_acknowledged(*this);
}

void Leg::give_up_ack(const Input&) {
  exchange_.count(kNoAck);
  exchange_.bury(std::move(invite_in_));
  media_.drop_offer();
  released_ = gateway_cause(0, "the answer was never acknowledged");
  owner_.on_ending(*this, released_);
  send_bye({});
  owner_.on_released(*this, released_);
}

// The BYE goes out when the ACK came, or never will.
void Leg::wait_for_ack(const Input&) {}

}  // namespace junctor::cp
