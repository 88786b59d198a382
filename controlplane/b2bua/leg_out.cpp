// SPDX-License-Identifier: MIT
// A leg that calls, until its answer is acknowledged.
#include <algorithm>

#include "controlplane/b2bua/leg.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;
using interop::SdpRole;

namespace {

constexpr std::size_t kMaxForks = 20;
constexpr Milliseconds kSixtyFourT1{32000};

// The standard phrase, not the peer's own, so that a peer cannot make up as many as it likes.
std::string_view words_of_failure(const Response& response) {
  if (!response.local) return phrase_of(response.message.status());
  return response.message.status() == 408 ? "no response" : "cannot be reached";
}

}  // namespace

void Leg::place(const Message& invite, std::size_t peer) {
  peer_ = peer;
  fire(Event::Place, {.message = &invite});
}

void Leg::send_invite(const Input& input) {
  ++trunk_->calls_out;
  Message invite = dialog_.request("INVITE");
  invite.add("Contact", dialog_.contact);
  invite.add("Allow", std::string(kAllow));
  for (const interop::Header& header : input.message->headers()) {
    if (!interop::same_header(header.name, "Content-Type")) invite.add(header.name, header.value);
  }
  if (!input.message->body().empty()) {
    invite.set_body(input.message->content_type(), input.message->body());
  }
  invite_out_.cseq = dialog_.local_cseq;
  const Milliseconds no_answer = Seconds(trunk_->config().answer_timeout_s());
  send(std::move(invite), guarded([this](const Response& r) { on_invite_response(r); }),
       invite_out_.transaction, no_answer);
}

void Leg::on_invite_response(const Response& response) {
  const std::uint16_t status = response.message.status();
  const bool is_silent = response.local && status == 408 && !had_provisional_;
  if (is_silent) trunk_->note(peer_, Trunk::Finding::Silent);
  if (!response.local && status != 503 && !had_provisional_) {
    trunk_->note(peer_, Trunk::Finding::Answered);
  }
  const Event event = status < 200   ? Event::Provisional
                      : status < 300 ? Event::Success
                                     : Event::Failure;
  const Input input{.message = &response.message, .response = &response, .status = status};
  fire(event, input);
  had_provisional_ = had_provisional_ || status < 200;
}

// Remembers the tag of an early dialog; false if there are too many.
bool Leg::know_fork(const std::string& tag) {
  if (tag.empty() || std::find(forks_.begin(), forks_.end(), tag) != forks_.end()) return true;
  if (forks_.size() >= kMaxForks) {
    exchange_.count(kTooManyForks);
    return false;
  }
  forks_.push_back(tag);
  return true;
}

void Leg::take_progress(const Input& input) {
  const Message& message = *input.message;
  had_provisional_ = true;
  if (!know_fork(tag_of(message, "To"))) return;
  // 199 says that one fork has failed (RFC 6228): nothing for the caller, who sees no forks.
  if (input.status == 199) return;
  bool has_answer = false;
  if (media_.is_offered()) {
    // One that cannot be read is no reason to give up: the final response will tell.
    const ReadSdp read = read_sdp(message, trunk_->dialect(), SdpRole::Answer);
    has_answer = read.sdp && !media_.take_answer(*read.sdp, false);
  }
  owner_.on_progress(*this, input.status, has_answer);
}

// The description of a 2xx: the answer to our offer, or an offer if we made none.
std::optional<Refusal> Leg::take_description(const Message& success, bool is_final) {
  const bool offered = media_.is_offered();
  ReadSdp read = read_sdp(success, trunk_->dialect(), offered ? SdpRole::Answer : SdpRole::Offer);
  if (read.refusal) return read.refusal;
  if (read.sdp) {
    return offered ? media_.take_answer(*read.sdp, is_final)
                   : media_.take_offer(std::move(*read.sdp));
  }
  return Refusal{488, 399, offered ? "the answer is missing" : "the offer is missing"};
}

void Leg::take_success(const Input& input) {
  const Message& message = *input.message;
  dialog_.take_response(message);
  invite_out_.ack_tag = dialog_.remote_tag;
  forks_.clear();
  forks_.shrink_to_fit();
  linger_ = exchange_.given.loop.after(kSixtyFourT1, [this] {
    exchange_.bury(std::move(invite_out_.transaction));
    invite_out_.ack.reset();
  });
  if (const auto refusal = take_description(message, true)) {
    return refuse_success(message, refusal->reason);
  }
  ++trunk_->counts().out.answered;
  go(State::Accepted);
  owner_.on_answered(*this);
}

// It accepted, but with nothing to talk by: ACK, BYE, and for the caller a bad gateway behind us.
void Leg::refuse_success(const Message&, const std::string& why) {
  exchange_.count(kBadAnswer);
  trunk_->counts().out.fail(502);
  count_failure(502, "accepted without a usable description");
  media_.drop_offer();
  go(State::Ending);
  invite_out_.ack = dialog_.ack(invite_out_.cseq);
  send_ack_message(*invite_out_.ack);
  released_ = gateway_cause(502, "the called side accepted without a usable description: " + why);
  send_bye({});
  owner_.on_failed(*this, released_);
}

void Leg::take_failure(const Input& input) {
  trunk_->counts().out.fail(input.status);
  count_failure(input.status, words_of_failure(*input.response));
  media_.drop_offer();
  exchange_.bury(std::move(invite_out_.transaction));
  owner_.on_failed(*this,
                   cause_of_response(*input.message, input.response->local, had_provisional_));
}

void Leg::send_ack(const Input& input) {
  invite_out_.ack = dialog_.ack(invite_out_.cseq);
  if (input.sdp != nullptr) invite_out_.ack->set_body("application/sdp", *input.sdp);
  send_ack_message(*invite_out_.ack);
  is_acknowledged_ = true;
}

void Leg::send_cancel(const Input& input) {
  trunk_->counts().out.fail(487);
  timer_ = exchange_.given.loop.after(kSixtyFourT1 + Seconds(1),
                                      guarded([this] { fire(Event::Expired, {}); }));
  if (invite_out_.transaction) invite_out_.transaction->cancel(input.cause->reason);
}

void Leg::end_late_answer(const Input& input) {
  exchange_.count(kAnswerAfterCancel);
  dialog_.take_response(*input.message);
  invite_out_.ack_tag = dialog_.remote_tag;
  ack_and_bye({});
}

void Leg::ack_and_bye(const Input&) {
  media_.drop_their_offer();
  invite_out_.ack = dialog_.ack(invite_out_.cseq);
  send_ack_message(*invite_out_.ack);
  send_bye({});
}

// A 2xx after the first: the same again wants its ACK again (RFC 3261, section 13.2.2.4), another
// fork's wants to be ended.
void Leg::take_more_success(const Input& input) {
  if (tag_of(*input.message, "To") != invite_out_.ack_tag) return end_fork(*input.message);
  if (invite_out_.ack) send_ack_message(*invite_out_.ack);
}

void Leg::end_fork(const Message& success) {
  Dialog other = dialog_;
  other.local_cseq = invite_out_.cseq;
  other.take_response(success);
  const bool again = std::find(forks_.begin(), forks_.end(), other.remote_tag) != forks_.end();
  if (!again && !know_fork(other.remote_tag)) return;
  Stack::Request request;
  request.message = other.ack(invite_out_.cseq);
  request.hop = other.hop;
  request.trunk = TrunkOf{trunk_.get(), &trunk_->dialect()};
  exchange_.given.stack.send_ack(request);
  if (again) return;
  exchange_.count(kSecondAnswer);
  request.message = other.request("BYE");
  exchange_.bury(std::shared_ptr<ClientTransaction>(
      exchange_.given.stack.send(std::move(request), [](const Response&) {})));
}

}  // namespace junctor::cp
