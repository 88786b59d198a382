// SPDX-License-Identifier: MIT
// A call from its INVITE to its ACK: targets in turn, progress, the answer, and offers that come
// late.
#include <algorithm>
#include <utility>

#include "controlplane/b2bua/call.hpp"
#include "controlplane/b2bua/loopback.hpp"
#include "platform/telemetry/log.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Codec;
using interop::Message;

namespace {

bool has_format(const std::vector<Codec>& codecs, const Codec& wanted) {
  return std::any_of(codecs.begin(), codecs.end(),
                     [&](const Codec& codec) { return codec.same_format(wanted); });
}

// Whether all that one side may send can be sent to the other.
bool fits(const std::vector<Codec>& from, const std::vector<Codec>& to) {
  return std::all_of(from.begin(), from.end(),
                     [&](const Codec& codec) { return has_format(to, codec); });
}

// Whether a caller that was told one may go on as if it had been told the other.
bool are_same(const std::vector<Codec>& a, const std::vector<Codec>& b) {
  return fits(a, b) && fits(b, a);
}

// Codecs of one trunk's policy that the other's has too.
std::vector<Codec> common_policy(const Trunk& of, const Trunk& with) {
  std::vector<Codec> out = policy_codecs(of.codecs());
  const std::vector<Codec> others = policy_codecs(with.codecs());
  std::erase_if(out, [&](const Codec& codec) { return !has_format(others, codec); });
  return out;
}

std::optional<std::string> text_of(OrRefusal<std::string>&& made, Cause& failure) {
  if (std::string* text = std::get_if<std::string>(&made)) return std::move(*text);
  const Refusal& refusal = std::get<Refusal>(made);
  failure = refusal_cause(refusal, refusal.reason);
  return std::nullopt;
}

}  // namespace

void Call::start(const TrunkPtr& trunk, Dialog dialog, const Parties& parties,
                 std::unique_ptr<ServerTransaction> invite) {
  parties_ = parties;
  trunk_in_ = trunk->name();
  const Message& message = invite->request();
  invite_ = Message::request("INVITE", "");
  for (const std::string_view name :
       {"P-Asserted-Identity", "Diversion", "Privacy", "Max-Forwards"}) {
    for (const std::string_view value : message.get_all(name))
      invite_->add(name, std::string(value));
  }
  ReadSdp read = read_sdp(message, trunk->dialect(), interop::SdpRole::Offer);
  note_sip_call_id(dialog.call_id);
  peer_in_ = dialog.first_hop.peer.text();
  caller_ = std::make_unique<Leg>(exchange_, *this, trunk, std::move(dialog), std::move(invite));
  exchange_.count(kCallsIn);

  std::optional<Refusal> refusal = std::move(read.refusal);
  if (!refusal && read.sdp) refusal = caller_->media().take_offer(std::move(*read.sdp));
  if (refusal) {
    exchange_.count(kRefusedDescription);
    return fail(refusal_cause(*refusal, "the caller's description: " + refusal->reason));
  }
  is_loopback_ = exchange_.is_loopback(trunk);
  decision_ = is_loopback_
                  ? route_loopback(trunk, parties_.called)
                  : exchange_.given.router.route(trunk->name(), parties_.called, parties_.calling);
  route_ = decision_.route;
  for (const TrunkPtr& full : decision_.full) ++full->tally().calls_refused;
  if (is_logged(LogLevel::Debug))
    log_debug("b2bua", "routed",
              {{"called", parties_.called},
               {"trunk", trunk_in_},
               {"route", route_},
               {"targets", decision_.targets.size()},
               {"call", id_}});
  if (decision_.targets.empty()) {
    exchange_.count(decision_.status == 503 ? kRefusedFull : kRefusedNoRoute);
    return fail(gateway_cause(decision_.status,
                              decision_.status == 503
                                  ? "every trunk of the route is full, drained or disabled"
                                  : "no route takes this number"));
  }
  if (!caller_->media().open()) {
    exchange_.count(kNoPort);
    return fail(gateway_cause(503, "no port is left for voice"));
  }
  place_next();
}

void Call::fail(const Cause& cause) { end(cause); }

void Call::place_next() {
  while (next_target_ < decision_.targets.size()) {
    const RouteTarget& target = decision_.targets[next_target_++];
    if (place(target)) return;
  }
  fail(best_ ? *best_ : gateway_cause(503, "no trunk of the route could be tried"));
}

bool Call::place(const RouteTarget& target) {
  const auto note = [&](const Cause& cause) {
    if (!best_ || is_better(*best_, cause)) best_ = cause;
    return false;
  };
  const Nanoseconds now = exchange_.given.loop.clock().now();
  // At another peer of the same trunk it is the same call.
  const bool is_new = trunk_out_ != target.trunk->name();
  if (!target.trunk->has_room() || (is_new && !target.trunk->has_rate(now))) {
    if (std::exchange(refused_by_, target.trunk) != target.trunk)
      ++target.trunk->tally().calls_refused;
    return note(gateway_cause(503, "trunk " + target.trunk->name() + " takes no more calls"));
  }
  const Stack& stack = exchange_.given.stack;
  auto leg =
      std::make_unique<Leg>(exchange_, *this, target.trunk, dialog_to(stack, target, parties_));
  if (!leg->media().open()) {
    exchange_.count(kNoPort);
    return note(gateway_cause(503, "no port is left for voice"));
  }
  std::optional<std::string> sdp;
  Cause failure;
  if (!compose_offer(*leg, sdp, failure)) return note(failure);
  Message invite = invite_to(stack, target, *invite_);
  if (sdp) invite.set_body("application/sdp", *sdp);
  called_out_ = target.called;
  calling_out_ = target.calling.value_or(parties_.calling);
  trunk_out_ = target.trunk->name();
  if (is_new) target.trunk->tally().rate.add(now);
  if (!target.route.empty()) route_ = target.route;
  note_sip_call_id(leg->dialog().call_id);
  peer_out_ = leg->dialog().first_hop.peer.text();
  callee_ = std::move(leg);
  callee_->place(invite, target.peer);
  return true;
}

// Our offer to the callee: of the caller's, or of what both trunks speak, or none at all.
bool Call::compose_offer(Leg& callee, std::optional<std::string>& sdp, Cause& failure) {
  const LegMedia& caller = caller_->media();
  if (caller.their_offer()) {
    sdp = text_of(callee.media().offer(*caller.their_offer(), caller.offered_wish()), failure);
    return sdp.has_value();
  }
  if (callee.trunk()->config().delayed_offer()) return true;
  const std::vector<Codec> codecs = common_policy(*callee.trunk(), *caller_->trunk());
  sdp = text_of(callee.media().offer(codecs, interop::Direction::SendRecv, 0), failure);
  return sdp.has_value();
}

void Call::tell_progress(const Input& input) {
  std::uint16_t status = input.status;
  if (status < 180 || status > 183) status = 183;
  if (ringing_ms_ == 0) ringing_ms_ = exchange_.wall_ms();
  LegMedia& caller = caller_->media();
  const std::vector<Codec> codecs = callee_->media().codecs();
  // One early answer stands: the caller need not heed another (RFC 3261, 13.2.1).
  const bool has_other = caller.has_agreed() && !are_same(codecs, caller.codecs());
  if (!input.has_answer || !caller.their_offer() || has_other) {
    return caller_->ring(status, nullptr);
  }
  OrRefusal<std::string> made =
      caller.answer(codecs, callee_->media().wish(), callee_->media().ptime_ms(), false);
  apply_media();
  caller_->ring(status, std::get_if<std::string>(&made));
}

void Call::try_other(const Input& input) {
  const Cause cause = *input.cause;
  if (!best_ || is_better(*best_, cause)) best_ = cause;
  const bool may_try = is_worth_another(cause, callee_->trunk()->is_failover_code(cause.status));
  past_.push_back(std::move(callee_));
  if (!may_try) return fail(*best_);
  if (next_target_ < decision_.targets.size()) {
    exchange_.count(kFailovers);
    log_info("b2bua", "trying the next target", {{"call", id_}, {"after", cause.sentence}});
  }
  place_next();
}

void Call::join(const Input&) {
  answered_ms_ = exchange_.wall_ms();
  exchange_.count(kCallsEstablished);
  invite_.reset();
  best_.reset();
  refused_by_.reset();
  decision_.targets.clear();
  // With an offer in the 2xx the ACK waits for the caller's answer.
  if (!callee_->media().their_offer()) callee_->acknowledge(nullptr);
  if (auto refusal = answer_caller()) {
    answered_ms_ = 0;
    end(refusal_cause(std::move(*refusal), "the two sides have no codec in common"));
  }
}

std::optional<Refusal> Call::answer_caller() {
  LegMedia& caller = caller_->media();
  const LegMedia& callee = callee_->media();
  OrRefusal<std::string> made = Refusal{};
  if (caller.their_offer()) {
    // Where an early answer was given it is repeated, and put right after the ACK (align).
    const bool has_other = caller.has_agreed() && !are_same(callee.codecs(), caller.codecs());
    made = caller.answer(has_other ? caller.codecs() : callee.codecs(), callee.wish(),
                         callee.ptime_ms(), true);
  } else if (callee.their_offer()) {
    made = caller.offer(*callee.their_offer(), callee.offered_wish());
  } else {
    made = caller.offer(callee.codecs(), callee.wish(), callee.ptime_ms());
  }
  if (Refusal* refusal = std::get_if<Refusal>(&made)) return std::move(*refusal);
  apply_media();  // first: voice may follow the answer at once
  caller_->answer(std::get<std::string>(made));
  return std::nullopt;
}

void Call::establish(const Input&) {
  if (callee_->media().their_offer() && !answer_callee()) {
    return end(gateway_cause(0, "the two sides have no codec in common"));
  }
  align();
}

// The caller's answer came in its ACK: it is the callee's, in ours.
bool Call::answer_callee() {
  const LegMedia& caller = caller_->media();
  OrRefusal<std::string> made =
      callee_->media().answer(caller.codecs(), caller.wish(), caller.ptime_ms(), true);
  const std::string* text = std::get_if<std::string>(&made);
  if (text == nullptr) return false;
  apply_media();
  callee_->acknowledge(text);
  return true;
}

// Where the sides did not end with what the other may send: a caller that was offered took less
// than the callee, who is told; a caller that offered heard the early answer of a fork that did not
// win, and is told.
void Call::align() {
  if (hears_all(*caller_) && hears_all(*callee_)) return;
  tell_other(caller_->media().they_offered() ? *callee_ : *caller_);
}

// Whether whatever the other side may send can be sent to this one.
bool Call::hears_all(const Leg& leg) const {
  const Leg& from = &leg == caller_.get() ? *callee_ : *caller_;
  return fits(from.media().codecs(), leg.media().codecs());
}

}  // namespace junctor::cp
