// SPDX-License-Identifier: MIT
// Changes of an established call. What concerns one leg alone is answered there: session refreshes,
// new addresses, a hold of someone who is on hold. What the other side must know is offered to it,
// and its answer is the answer.
#include <algorithm>

#include "controlplane/b2bua/call.hpp"

namespace junctor::cp {

using interop::Direction;

namespace {

constexpr unsigned kMaxTries = 5;  // of one offer that meets glare each time

// What is heard in one direction if one side does `from` and the other `to`.
bool flows(Direction from, Direction to) { return is_sending(from) && is_receiving(to); }

}  // namespace

void Call::take_reoffer(const Input& input) {
  Leg& leg = *input.leg;
  LegMedia& media = leg.media();
  LegMedia& others = other(leg).media();
  if (!media.has_agreed() || !others.has_agreed()) return refuse_reoffer(input);
  if (!media.their_offer()) {
    // An offerless re-INVITE: all that the other side can do is offered (RFC 6337, section 5.2.5).
    OrRefusal<std::string> made = media.offer(others.codecs(), others.wish(), others.ptime_ms());
    const std::string* text = std::get_if<std::string>(&made);
    if (text == nullptr) {
      return leg.refuse_reoffer(std::get<Refusal>(made));
    }
    note_told(leg);
    return leg.answer_reoffer(*text);
  }
  if (is_local_matter(leg) && answer_locally(leg)) return;
  if (answer_meanwhile(leg)) return;
  drop_retry(leg);
  if (pending_.to != nullptr || !other(leg).may_offer()) {
    exchange_.count(kGlareGiven);
    return leg.refuse_reoffer({491, 0, ""});
  }
  std::optional<Refusal> refusal;
  if (offer_other(leg, refusal)) return;
  leg.refuse_reoffer(*refusal);
}

// An offer while ours to the same peer only waits for its time: nothing is outstanding there, so it
// is taken (RFC 3261, section 14.1). Who waits for our offer hears of this one in its answer.
bool Call::answer_meanwhile(Leg& leg) {
  const bool is_meanwhile = pending_.to == &leg && pending_.from != nullptr && leg.is_waiting();
  return is_meanwhile && leg.media().keeps_codecs() && answer_locally(leg);
}

// An offer of ours that waits while nobody waits for it gives way: the answer to theirs says the
// same, and if theirs comes to nothing it is due again.
void Call::drop_retry(Leg& leg) {
  const bool gives_way =
      pending_.to == &leg && pending_.from == nullptr && leg.is_waiting() && other(leg).may_offer();
  if (!gives_way) return;
  leg.withdraw_reoffer();
  pending_ = {};
  tell_other(other(leg));
}

void Call::refuse_reoffer(const Input& input) {
  exchange_.count(kGlareGiven);
  input.leg->refuse_reoffer({491, 0, ""});
}

// Whether the other side would notice nothing of what is offered.
bool Call::is_local_matter(Leg& leg) const {
  const LegMedia& media = leg.media();
  const LegMedia& others = (&leg == caller_.get() ? *callee_ : *caller_).media();
  const Direction now = media.wish();
  const Direction then = media.offered_wish();
  const Direction peer = others.wish();
  if (flows(now, peer) != flows(then, peer) || flows(peer, now) != flows(peer, then)) return false;
  return media.keeps_codecs();
}

bool Call::answer_locally(Leg& leg) {
  const LegMedia& others = other(leg).media();
  const bool is_refresh = !leg.media().offered_changes().any();
  const Direction before = leg.media().wish();
  OrRefusal<std::string> made =
      leg.media().answer(others.codecs(), others.wish(), others.ptime_ms(), true);
  const std::string* text = std::get_if<std::string>(&made);
  if (text == nullptr) return false;
  exchange_.count(is_refresh ? kRefreshed : kAnsweredLocally);
  note_told(leg);
  // An offer of ours that is open over there said what was.
  if (leg.media().wish() != before && others.is_offered()) tell_other(leg);
  leg.answer_reoffer(*text);
  return true;
}

// Offers the other leg what this one asks for.
bool Call::offer_other(Leg& from, std::optional<Refusal>& refusal) {
  Leg& to = other(from);
  OrRefusal<std::string> made =
      to.media().offer(*from.media().their_offer(), from.media().offered_wish());
  if (Refusal* refused = std::get_if<Refusal>(&made)) {
    refusal = std::move(*refused);
    return false;
  }
  pending_ = Pending{&to, &from, false, pending_.tries};
  to.reoffer(std::get<std::string>(made));
  return true;
}

// The other leg must be offered what is agreed with this one; nobody waits for the answer. At the
// end of this event, or of the one after which it may be offered something.
void Call::tell_other(Leg& leg) {
  (&leg == caller_.get() ? is_callee_due_ : is_caller_due_) = true;
}

void Call::note_told(const Leg& leg) {
  (&leg == caller_.get() ? is_caller_due_ : is_callee_due_) = false;
}

void Call::tell_what_is_due() {
  if (state_ != State::Established) return;
  if (is_caller_due_ && tell(*caller_)) note_told(*caller_);
  if (is_callee_due_ && tell(*callee_)) note_told(*callee_);
}

// False: not now.
bool Call::tell(Leg& to) {
  if (pending_.to != nullptr || !to.may_offer()) return false;
  const LegMedia& agreed = other(to).media();
  OrRefusal<std::string> made = to.media().offer(agreed.codecs(), agreed.wish(), agreed.ptime_ms());
  if (const std::string* text = std::get_if<std::string>(&made)) {
    pending_ = Pending{&to, nullptr, false, 0};
    to.reoffer(*text);
  }
  return true;
}

void Call::withdraw(const Input& input) {
  if (pending_.from != input.leg) return;
  pending_.from = nullptr;
  pending_.is_withdrawn = true;
  if (pending_.to->withdraw_reoffer()) pending_ = {};
}

// The peer answered in its ACK what we had offered in a 2xx.
void Call::settle_reoffer(const Input& input) {
  Leg& leg = *input.leg;
  const Direction peer = other(leg).media().wish();
  const bool is_caller = &leg == caller_.get();
  const bool sent = is_caller ? forth_ : back_;
  const bool received = is_caller ? back_ : forth_;
  // The other side hears of it only if something begins or ceases to be heard, or if it may send
  // what this one does not take any more, or if an offer is open there that said what was.
  const Direction now = leg.media().wish();
  const bool is_as_before = flows(now, peer) == sent && flows(peer, now) == received;
  const bool is_told_otherwise = other(leg).media().is_offered();
  if (!is_as_before || !hears_all(leg) || is_told_otherwise) tell_other(leg);
}

void Call::pass_acceptance(const Input& input) {
  Leg& to = *input.leg;
  if (pending_.to != &to) return;
  const Pending done = std::exchange(pending_, {});
  exchange_.count(kRenegotiated);
  if (done.is_withdrawn) return tell_other(other(to));  // it crossed: back to what was
  if (done.from == nullptr || !done.from->has_reoffer()) return;
  Leg& from = *done.from;
  OrRefusal<std::string> made =
      from.media().answer(to.media().codecs(), to.media().wish(), to.media().ptime_ms(), true);
  if (const std::string* text = std::get_if<std::string>(&made)) {
    note_told(from);
    return from.answer_reoffer(*text);
  }
  const Refusal& refusal = std::get<Refusal>(made);
  from.refuse_reoffer(refusal);
  tell_other(from);
}

void Call::pass_refusal(const Input& input) {
  if (pending_.to != input.leg) return;
  const Pending done = std::exchange(pending_, {});
  exchange_.count(kRenegotiationRefused);
  if (done.from == nullptr || !done.from->has_reoffer()) return;
  Leg& from = *done.from;
  // A hold needs nobody's consent: who cannot be told just hears nothing.
  if (from.media().keeps_codecs() && answer_locally(from)) return;
  const std::uint16_t status = input.cause->status >= 500 ? 500 : 488;
  from.refuse_reoffer({status, 399, "the other side refused"});
}

void Call::offer_again(const Input& input) {
  if (pending_.to != input.leg) return;
  const Pending before = std::exchange(pending_, {});
  Leg* const from = before.from;
  if (before.is_withdrawn) return;
  if (from == nullptr) return tell_other(other(*input.leg));
  if (!from->has_reoffer()) return;
  pending_.tries = before.tries + 1;
  std::optional<Refusal> refusal;
  const bool may = pending_.tries < kMaxTries && input.leg->may_offer();
  if (may && offer_other(*from, refusal)) return;
  pending_ = {};
  exchange_.count(kGlareGiven);
  from->refuse_reoffer({491, 0, ""});
}

void Call::pass_info(const Input& input) {
  Leg& to = other(*input.leg);
  to.pass_info(std::move(*input.info));
}

// What our offer said is lost, and who asked for it has heard nothing.
void Call::put_back(const Input& input) {
  if (is_resumed_) tell_other(other(*input.leg));
}

void Call::refuse_info(const Input&) {}  // what is not taken is answered 500

}  // namespace junctor::cp
