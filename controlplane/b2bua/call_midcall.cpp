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
    if (const std::string* text = std::get_if<std::string>(&made)) return leg.answer_reoffer(*text);
    return leg.refuse_reoffer(488, 399, std::get<Refusal>(made).reason);
  }
  if (is_local_matter(leg) && answer_locally(leg)) return;
  if (answer_meanwhile(leg)) return;
  const bool is_owed = drop_retry(leg);
  if (pending_.to != nullptr || !other(leg).may_offer()) {
    exchange_.count(kGlareGiven);
    return leg.refuse_reoffer(491, 0, "");
  }
  std::optional<Refusal> refusal;
  if (!offer_other(leg, refusal)) {
    leg.refuse_reoffer(refusal->status, refusal->warning, refusal->reason);
    if (is_owed) tell_other(other(leg));
    return;
  }
  pending_.is_owed = is_owed;
}

// An offer while ours to the same peer only waits for its time: nothing is outstanding there, so it
// is taken (RFC 3261, section 14.1). Who waits for our offer hears of this one in its answer.
bool Call::answer_meanwhile(Leg& leg) {
  const bool is_meanwhile = pending_.to == &leg && pending_.from != nullptr && leg.is_waiting();
  return is_meanwhile && leg.media().keeps_codecs() && answer_locally(leg);
}

// An offer of ours that waits while nobody waits for it gives way: the answer to theirs says the
// same. True: there was one, and it is owed again if theirs comes to nothing.
bool Call::drop_retry(Leg& leg) {
  const bool gives_way =
      pending_.to == &leg && pending_.from == nullptr && leg.is_waiting() && other(leg).may_offer();
  if (!gives_way) return false;
  leg.withdraw_reoffer();
  pending_ = {};
  return true;
}

void Call::refuse_reoffer(const Input& input) {
  exchange_.count(kGlareGiven);
  input.leg->refuse_reoffer(491, 0, "");
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
  OrRefusal<std::string> made =
      leg.media().answer(others.codecs(), others.wish(), others.ptime_ms(), true);
  const std::string* text = std::get_if<std::string>(&made);
  if (text == nullptr) return false;
  exchange_.count(is_refresh ? kRefreshed : kAnsweredLocally);
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
  pending_ = Pending{&to, &from, false, false, pending_.tries};
  to.reoffer(std::get<std::string>(made));
  return true;
}

// Offers the other leg what is agreed with this one; nobody waits for the answer.
void Call::tell_other(Leg& leg) {
  Leg& to = other(leg);
  if (pending_.to != nullptr || !to.may_offer()) return;
  OrRefusal<std::string> made =
      to.media().offer(leg.media().codecs(), leg.media().wish(), leg.media().ptime_ms());
  const std::string* text = std::get_if<std::string>(&made);
  if (text == nullptr) return;
  pending_ = Pending{&to, nullptr, false, false, pending_.tries};
  to.reoffer(*text);
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
  if (state_ != State::Established) return;
  const Direction peer = other(leg).media().wish();
  const bool is_caller = &leg == caller_.get();
  const bool sent = is_caller ? forth_ : back_;
  const bool received = is_caller ? back_ : forth_;
  // The other side hears of it only if something begins or ceases to be heard, or if it may send
  // what this one does not take any more.
  const Direction now = leg.media().wish();
  const bool is_as_before = flows(now, peer) == sent && flows(peer, now) == received;
  if (!is_as_before || !hears_all(leg)) tell_other(leg);
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
  if (const std::string* text = std::get_if<std::string>(&made)) return from.answer_reoffer(*text);
  const Refusal& refusal = std::get<Refusal>(made);
  from.refuse_reoffer(refusal.status, refusal.warning, refusal.reason);
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
  from.refuse_reoffer(status, 399, "the other side refused");
  if (done.is_owed) tell_other(other(from));
}

void Call::offer_again(const Input& input) {
  if (pending_.to != input.leg) return;
  const Pending before = pending_;
  Leg* const from = before.from;
  pending_ = {};
  pending_.tries = before.tries + 1;
  if (before.is_withdrawn) return;
  if (from == nullptr) return tell_other(other(*input.leg));
  if (!from->has_reoffer()) return;
  std::optional<Refusal> refusal;
  const bool may = pending_.tries < kMaxTries && input.leg->may_offer();
  if (may && offer_other(*from, refusal)) return;
  pending_ = {};
  exchange_.count(kGlareGiven);
  from->refuse_reoffer(491, 0, "");
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
