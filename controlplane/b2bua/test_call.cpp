// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/test_call.hpp"

#include <algorithm>

#include "controlplane/b2bua/journal_codec.hpp"
#include "controlplane/b2bua/own_end.hpp"
#include "controlplane/sdp/offer_answer.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

using interop::Direction;
using interop::Message;

namespace {

// The reference of ITU-T O.6: no harmonic of the sampling rate, at the level of speech.
constexpr std::uint32_t kToneHz = 1004;
constexpr std::int32_t kToneDbm0 = -10;

// The trunk's peers in their order; those that are down last.
std::vector<RouteTarget> targets_of(const TrunkPtr& trunk, const std::string& number) {
  std::vector<RouteTarget> out;
  for (std::size_t i = 0; i < trunk->peers().size(); ++i) out.push_back({trunk, i, number, ""});
  std::stable_partition(out.begin(), out.end(), [&](const RouteTarget& target) {
    return trunk->peers()[target.peer].state != TrunkPeer::State::Down;
  });
  return out;
}

// Whether that is our tone, for most of the time that it was sent.
bool is_own_tone(const media::v1::Heard& heard, Seconds sent) {
  constexpr std::uint32_t kNear = 100;  // tenths of a hertz
  constexpr std::uint32_t kMostly = 500;
  const auto ms = static_cast<std::uint64_t>(sent / Milliseconds{1});
  return heard.heard_ms() >= ms / 2 && heard.tone_permille() >= kMostly &&
         heard.tone_hz_x10() + kNear >= kToneHz * 10 && heard.tone_hz_x10() <= kToneHz * 10 + kNear;
}

Cause over_cause(std::string sentence) {
  Cause out = gateway_cause(0, std::move(sentence));
  out.by = By::Caller;
  return out;
}

}  // namespace

TestCall::TestCall(Exchange& exchange, std::string id, TestOrder order)
    : exchange_(exchange),
      id_(std::move(id)),
      order_(std::move(order)),
      targets_(targets_of(order_.trunk, order_.number)),
      codecs_(g711_of(*order_.trunk)),
      started_(exchange.given.loop.clock().now()),
      started_ms_(exchange.wall_ms()) {
  parties_.calling = order_.calling;
  parties_.called = parties_.to = order_.number;
  ++exchange_.live_calls;
  ++exchange_.live_tests;
}

TestCall::~TestCall() {
  if (state_ != State::Ended) --exchange_.live_calls;
  if (!is_recorded_) --exchange_.live_tests;
}

void TestCall::start() {
  exchange_.count(kTestCalls);
  if (codecs_.empty()) {
    return end(
        gateway_cause(488, "trunk " + order_.trunk->name() + " allows neither PCMU nor PCMA"));
  }
  place_next();
}

void TestCall::place_next() {
  while (next_target_ < targets_.size()) {
    if (place(targets_[next_target_++])) return;
  }
  if (!ended_) end(gateway_cause(503, "no peer of the trunk could be tried"));
}

bool TestCall::place(const RouteTarget& target) {
  const Stack& stack = exchange_.given.stack;
  auto leg =
      std::make_unique<Leg>(exchange_, *this, target.trunk, dialog_to(stack, target, parties_));
  if (!leg->media().open()) {
    exchange_.count(kNoPort);
    end(gateway_cause(503, "no port is left for voice"));
    return true;
  }
  const OrRefusal<std::string> sdp = describe_own_end(leg->media(), codecs_);
  const std::string* text = std::get_if<std::string>(&sdp);
  if (text == nullptr) return false;
  Message invite = invite_to(stack, target, Message::request("INVITE", ""));
  invite.set_body("application/sdp", *text);
  sip_call_ids_.push_back(leg->dialog().call_id);
  exchange_.add_sip_call_id(*this, sip_call_ids_.back());
  state_ = State::Calling;
  sip_status_ = 0;
  leg_ = std::move(leg);
  leg_->place(invite, target.peer);
  return true;
}

void TestCall::on_progress(Leg& leg, std::uint16_t status, bool has_answer) {
  if (&leg != leg_.get() || state_ == State::Ended || status < 180) return;
  state_ = State::Ringing;
  sip_status_ = status;
  if (ringing_after_ms_ == 0) ringing_after_ms_ = since_start_ms();
  if (has_answer && early_after_ms_ == 0) early_after_ms_ = since_start_ms();
}

// Before the endpoint becomes another, which counts anew; the dataplane answers in the order in which
// it is asked.
void TestCall::ask_what_was_early() {
  media::v1::GetStatistics what;
  what.add_session_ids(id_);
  exchange_.given.media.get_statistics(
      what, [weak = weak_from_this()](const std::optional<media::v1::Statistics>& statistics) {
        const auto call = weak.lock();
        if (!call || !statistics || statistics->sessions_size() != 1) return;
        const media::v1::SessionStatistics& session = statistics->sessions(0);
        if (session.has_heard()) call->early_ = session.heard();
      });
}

// The attempt failed: its port is not the next one's.
void TestCall::drop_early() {
  early_after_ms_ = 0;
  if (!has_session_) return;
  has_session_ = false;
  exchange_.given.media.remove(id_, {});
}

void TestCall::on_answered(Leg& leg) {
  if (&leg != leg_.get() || state_ == State::Ended) return;
  if (has_session_) ask_what_was_early();
  state_ = State::Hearing;
  sip_status_ = 200;
  answered_ms_ = exchange_.wall_ms();
  answered_after_ms_ = since_start_ms();
  leg.acknowledge(nullptr);
  over_ = exchange_.given.loop.after(order_.seconds, [weak = weak_from_this()] {
    const auto call = weak.lock();
    if (!call) return;
    call->enter();
    call->end(over_cause("it was heard for its time"));
    call->leave();
  });
}

void TestCall::on_failed(Leg& leg, const Cause& cause) {
  if (&leg != leg_.get()) return;
  past_.push_back(std::move(leg_));
  if (state_ == State::Ended) return;
  const bool is_last = next_target_ == targets_.size();
  if (is_last || !is_worth_another(cause, order_.trunk->is_failover_code(cause.status))) {
    return end(cause);
  }
  exchange_.count(kFailovers);
  log_info("b2bua", "trying the next peer", {{"call", id_}, {"after", cause.sentence}});
  drop_early();
  place_next();
}

void TestCall::on_released(Leg& leg, const Cause& cause) {
  if (&leg == leg_.get()) end(cause);
}

void TestCall::on_reoffer(Leg& leg) { answer_reoffer_of_own_end(exchange_, leg, codecs_); }

void TestCall::on_info(Leg&, std::unique_ptr<ServerTransaction> info) {
  answer_info_of_own_end(exchange_, std::move(info));
}

void TestCall::on_media_refused(const std::string& reason) {
  exchange_.count(kMediaRefused);
  end(gateway_cause(500, "the dataplane refused the session: " + reason));
}

void TestCall::end(const Cause& cause) {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  --exchange_.live_calls;
  ended_ = cause;
  ended_ms_ = exchange_.wall_ms();
  if (answered_ms_ == 0 && cause.status != 0) sip_status_ = cause.status;
  over_.reset();
  if (leg_) leg_->release(cause);
  if (!has_session_) return finish(std::nullopt);
  exchange_.given.media.remove(
      id_, [weak = weak_from_this()](std::optional<media::v1::SessionStatistics> statistics) {
        const auto call = weak.lock();
        if (!call) return;
        call->enter();
        call->finish(std::move(statistics));
        call->leave();
      });
}

void TestCall::finish(std::optional<media::v1::SessionStatistics> statistics) {
  is_recorded_ = true;
  --exchange_.live_tests;
  heard_ = std::move(statistics);
  if (heard_ && answered_ms_ == 0) {
    if (heard_->has_heard()) early_ = heard_->heard();
    heard_->clear_heard();
  }
  if (!exchange_.is_loopback(order_.trunk)) write_record();
  if (leg_) leg_->media().release();
  for (const auto& leg : past_) leg->media().release();
}

void TestCall::write_record() const {
  junctor::management::v1::CallRecord record;
  record.set_id(id_);
  record.set_started_unix_ms(started_ms_);
  record.set_answered_unix_ms(answered_ms_);
  record.set_ended_unix_ms(ended_ms_);
  record.set_calling(parties_.calling);
  record.set_called(parties_.called);
  record.set_called_out(parties_.called);
  record.set_trunk_in(std::string(kTestParty));
  record.set_trunk_out(order_.trunk->name());
  const std::uint32_t failed = ended_->by == By::Caller ? 487u : ended_->status;
  record.set_sip_status(answered_ms_ != 0 ? 200u : failed);
  record.set_ended_by(std::string(by_name(ended_->by)));
  record.set_reason(ended_->sentence);
  if (heard_ && heard_->legs_size() > 0) {
    record.add_media();  // the calling side is nobody's voice
    *record.add_media() = heard_->legs(0);
  }
  exchange_.given.journal.finish(record);
}

void TestCall::leave() {
  JUNCTOR_ASSERT(depth_ > 0);
  if (--depth_ == 0) settle();
}

void TestCall::settle() {
  if (leg_) leg_->follow_target();
  apply_media();
  save();
  std::erase_if(past_, [&](std::unique_ptr<Leg>& leg) {
    if (!leg->has_ended()) return false;
    exchange_.bury(std::shared_ptr<Leg>(std::move(leg)));
    return true;
  });
  const bool is_over = is_recorded_ && past_.empty() && (!leg_ || leg_->has_ended());
  if (!is_over || is_forgotten_) return;
  is_forgotten_ = true;
  exchange_.forget(*this);
}

void TestCall::apply_media() {
  const bool is_wanted = state_ == State::Hearing || is_early();
  if (!is_wanted || !leg_->media().has_agreed()) return;
  const Direction wish = leg_->media().wish();
  media::v1::Session session;
  session.set_id(id_);
  // Nobody has taken the call yet: nothing is said.
  leg_->media().fill(*session.add_legs(), is_sending(wish), is_receiving(wish) && !is_early(),
                     exchange_.settings.dscp);
  if (is_early()) {
    session.mutable_endpoint()->set_listen(true);
  } else if (order_.is_echo) {
    session.mutable_endpoint()->set_echo(true);
  } else {
    media::v1::Tone& tone = *session.mutable_endpoint()->mutable_tone();
    tone.set_frequency_hz(kToneHz);
    tone.set_level_dbm0(kToneDbm0);
  }
  const std::size_t hash = std::hash<std::string>{}(session.SerializeAsString());
  if (has_session_ && hash == session_hash_) return;
  session_hash_ = hash;
  has_session_ = true;
  exchange_.given.media.apply(std::move(session));
}

// As a call that ends with this process: the next one tells the peer, and writes the record.
void TestCall::save() {
  if (state_ != State::Hearing || !leg_->media().has_agreed()) return;
  if (exchange_.is_loopback(order_.trunk)) return;
  journal::v1::Call out;
  out.set_version(kJournalVersion);
  out.set_id(id_);
  out.set_started_unix_ms(started_ms_);
  out.set_answered_unix_ms(answered_ms_);
  out.set_calling(parties_.calling);
  out.set_called(parties_.called);
  out.set_called_out(parties_.called);
  for (const std::string& call_id : sip_call_ids_) out.add_sip_call_ids(call_id);
  out.mutable_caller()->set_trunk(std::string(kTestParty));
  write_leg(*leg_, *out.mutable_callee());
  journal::v1::Ended& ended = *out.mutable_ended();
  ended.set_by(std::string(by_name(By::Gateway)));
  ended.set_sentence("the gateway was started again during a test call");
  ended.set_reason("Q.850;cause=41;text=\"Temporary failure\"");
  ended.set_caller_gone(true);
  exchange_.given.journal.save(id_, out.SerializeAsString());
}

std::uint32_t TestCall::since_start_ms() const {
  const Nanoseconds passed = exchange_.given.loop.clock().now() - started_;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, passed / Milliseconds{1}));
}

std::string TestCall::state_name() const {
  switch (state_) {
    case State::Calling:
      return "calling";
    case State::Ringing:
      return "ringing";
    case State::Hearing:
      return "hearing";
    case State::Ended:
      break;
  }
  return is_recorded_ ? "ended" : "ending";
}

CallFacts TestCall::facts() const {
  return {sip_call_ids_, {order_.trunk->name()}, {parties_.calling, parties_.called}};
}

std::optional<junctor::management::v1::CallTest> TestCall::test() const {
  junctor::management::v1::CallTest out;
  out.set_call_id(id_);
  out.set_state(state_name());
  out.set_sip_status(sip_status_);
  out.set_reason(ended_             ? ended_->sentence
                 : sip_status_ != 0 ? std::string(phrase_of(sip_status_))
                                    : std::string{});
  out.set_ringing_after_ms(ringing_after_ms_);
  out.set_answered_after_ms(answered_after_ms_);
  out.set_trunk(order_.trunk->name());
  out.set_number(order_.number);
  if (next_target_ > 0) {
    const RouteTarget& target = targets_[next_target_ - 1];
    out.set_peer(target.trunk->peers()[target.peer].hop.peer.text());
  }
  out.set_seconds(static_cast<std::uint32_t>(order_.seconds.count()));
  out.set_echo(order_.is_echo);
  out.set_loopback(exchange_.is_loopback(order_.trunk));
  if (ended_) out.set_ended_by(std::string(by_name(ended_->by)));
  out.set_early_after_ms(early_after_ms_);
  if (early_) *out.mutable_early() = *early_;
  if (!heard_) return out;
  if (heard_->legs_size() > 0) *out.mutable_media() = heard_->legs(0);
  if (heard_->has_heard()) *out.mutable_heard() = heard_->heard();
  out.set_loopback_heard(out.loopback() && is_own_tone(out.heard(), order_.seconds));
  return out;
}

junctor::management::v1::Call TestCall::show() const {
  junctor::management::v1::Call out;
  out.set_id(id_);
  out.set_state(state_name());
  out.set_calling(parties_.calling);
  out.set_called(parties_.called);
  out.set_started_unix_ms(started_ms_);
  out.set_answered_unix_ms(answered_ms_);
  junctor::management::v1::Leg& own = *out.add_legs();
  own.set_trunk(std::string(kTestParty));
  own.set_number(parties_.calling);
  if (!leg_) return out;
  junctor::management::v1::Leg& row = *out.add_legs();
  row.set_trunk(order_.trunk->name());
  row.set_state(std::string(Leg::name_of(leg_->state())));
  row.set_peer(leg_->dialog().hop.peer.text());
  row.set_call_id(leg_->dialog().call_id);
  row.set_codec(leg_->media().codec_name());
  row.set_number(parties_.called);
  return out;
}

}  // namespace junctor::cp
