// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/call.hpp"

#include <algorithm>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {

Call::Call(Exchange& exchange, std::string id)
    : exchange_(exchange), id_(std::move(id)), started_ms_(exchange.wall_ms()) {
  ++exchange_.live_calls;
}

Call::~Call() {
  if (!is_ending()) --exchange_.live_calls;
}

void Call::fire(Event event, const Input& input) {
  // An attempt that is over has nothing to say any more.
  if (input.leg != caller_.get() && input.leg != callee_.get()) return;
  const auto& rows = table();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
    return r.state == state_ && r.event == event;
  });
  if (row == rows.end()) {
    exchange_.count(kUnlistedEvent);
    log_debug("b2bua", "event is not listed",
              {{"state", name_of(state_)}, {"event", name_of(event)}, {"call", id_}});
    if (event == Event::Reoffer) input.leg->refuse_reoffer({491, 0, ""});
    return;
  }
  if (is_logged(LogLevel::Debug))
    log_debug("b2bua", "call",
              {{"state", name_of(state_)}, {"event", name_of(event)}, {"call", id_}});
  state_ = row->next.front();
  (this->*row->action)(input);
}

void Call::on_progress(Leg& leg, std::uint16_t status, bool has_answer) {
  fire(Event::Progress, {.leg = &leg, .status = status, .has_answer = has_answer});
}
void Call::on_answered(Leg& leg) { fire(Event::Answered, {.leg = &leg}); }
void Call::on_failed(Leg& leg, const Cause& cause) {
  fire(Event::Failed, {.leg = &leg, .cause = &cause});
}
void Call::on_acknowledged(Leg& leg) { fire(Event::Acknowledged, {.leg = &leg}); }
void Call::on_released(Leg& leg, const Cause& cause) {
  fire(Event::Released, {.leg = &leg, .cause = &cause});
}
void Call::on_reoffer(Leg& leg) { fire(Event::Reoffer, {.leg = &leg}); }
void Call::on_reoffer_withdrawn(Leg& leg) { fire(Event::Withdrawn, {.leg = &leg}); }
void Call::on_reoffer_settled(Leg& leg) { fire(Event::Settled, {.leg = &leg}); }
void Call::on_offer_accepted(Leg& leg) { fire(Event::Accepted, {.leg = &leg}); }
void Call::on_offer_refused(Leg& leg, const Cause& cause) {
  fire(Event::Refused, {.leg = &leg, .cause = &cause});
}
void Call::on_offer_due(Leg& leg) { fire(Event::Due, {.leg = &leg}); }
void Call::on_info(Leg& leg, std::unique_ptr<ServerTransaction> info) {
  fire(Event::Info, {.leg = &leg, .info = &info});
  if (info && !info->is_answered()) {
    info->respond(interop::Message::response(500, std::string(phrase_of(500))), "");
  }
  exchange_.bury(std::move(info));
}

void Call::on_stray_answer(Leg& leg) { fire(Event::Stray, {.leg = &leg}); }

void Call::ignore(const Input&) {}

void Call::abandon(const Input& input) { end(*input.cause); }

void Call::end(const Cause& cause) {
  if (is_ending()) return;
  save_end(cause);
  --exchange_.live_calls;
  state_ = State::Ending;
  ended_ = cause;
  ended_ms_ = exchange_.wall_ms();
  pending_ = {};
  is_caller_due_ = is_callee_due_ = false;
  if (answered_ms_ == 0) {
    exchange_.count(cause.by == By::Caller ? kCallsCancelled : kCallsFailed);
  }
  if (caller_) caller_->release(cause);
  if (callee_) callee_->release(cause);
  invite_.reset();
  finish_record();
}

void Call::on_media_timeout(std::uint32_t silent_s) {
  exchange_.count(kMediaTimeout);
  Cause cause =
      gateway_cause(0, "no voice from either side for " + std::to_string(silent_s) + " s");
  cause.reason = "Q.850;cause=102;text=\"Recovery on timer expiry\"";
  end(cause);
}

void Call::on_media_refused(const std::string& reason) {
  exchange_.count(kMediaRefused);
  Cause cause = gateway_cause(500, "the dataplane refused the session: " + reason);
  cause.reason = "Q.850;cause=47;text=\"Resource unavailable\"";
  end(cause);
}

void Call::leave() {
  JUNCTOR_ASSERT(depth_ > 0);
  if (depth_ == 1) tell_what_is_due();
  if (--depth_ == 0) settle();
}

// What an event changed is told to the dataplane and the journal once, when all is done.
void Call::settle() {
  if (caller_) caller_->follow_target();
  if (callee_) callee_->follow_target();
  apply_media();
  save();
  std::erase_if(past_, [&](std::unique_ptr<Leg>& leg) {
    if (!leg->has_ended()) return false;
    exchange_.bury(std::shared_ptr<Leg>(std::move(leg)));
    return true;
  });
  const bool is_over = is_ending() && is_recorded_ && past_.empty() &&
                       (!caller_ || caller_->has_ended()) && (!callee_ || callee_->has_ended());
  if (!is_over || is_forgotten_) return;
  is_forgotten_ = true;
  exchange_.forget(*this);
}

void Call::apply_media() {
  if (is_ending() || !caller_ || !caller_->media().has_agreed()) return;
  const bool is_joined = callee_ && callee_->media().has_agreed();
  if (!is_joined && !has_session_) return;
  const interop::Direction caller = caller_->media().wish();
  const interop::Direction callee = is_joined ? callee_->media().wish() : caller;
  const bool forth = is_joined && is_sending(caller) && is_receiving(callee);
  const bool back = is_joined && is_sending(callee) && is_receiving(caller);
  forth_ = forth;
  back_ = back;
  media::v1::Session session;
  session.set_id(id_);
  session.set_on_hold(!(forth && back));
  session.set_timeout_s(forth && back ? exchange_.settings.media_timeout_s
                                      : exchange_.settings.media_timeout_on_hold_s);
  caller_->media().fill(*session.add_legs(), forth, back, exchange_.settings.dscp);
  if (is_joined) callee_->media().fill(*session.add_legs(), back, forth, exchange_.settings.dscp);
  const std::size_t hash = std::hash<std::string>{}(session.SerializeAsString());
  if (has_session_ && hash == session_hash_) return;
  session_hash_ = hash;
  has_session_ = true;
  exchange_.given.media.apply(std::move(session));
}

void Call::finish_record() {
  if (!has_session_) return write_record(std::nullopt);
  exchange_.given.media.remove(
      id_, [weak = weak_from_this()](std::optional<media::v1::SessionStatistics> statistics) {
        const auto call = weak.lock();
        if (!call) return;
        call->enter();
        call->write_record(std::move(statistics));
        call->leave();
      });
}

void Call::write_record(std::optional<media::v1::SessionStatistics> statistics) {
  if (is_recorded_) return;
  is_recorded_ = true;
  if (is_loopback_) return;
  junctor::management::v1::CallRecord record;
  record.set_id(id_);
  record.set_started_unix_ms(started_ms_);
  record.set_answered_unix_ms(answered_ms_);
  record.set_ended_unix_ms(ended_ms_);
  record.set_calling(parties_.calling);
  record.set_called(parties_.called);
  record.set_called_out(called_out_);
  record.set_calling_out(calling_out_);
  record.set_trunk_in(trunk_in_);
  record.set_trunk_out(trunk_out_);
  record.set_route(route_);
  const bool gave_up = ended_->by == By::Caller;
  record.set_sip_status(answered_ms_ != 0 ? 200u
                        : gave_up         ? 487u
                                          : std::uint32_t{status_for_caller(*ended_)});
  record.set_ended_by(std::string(by_name(ended_->by)));
  record.set_reason(ended_->sentence);
  if (statistics) *record.mutable_media() = std::move(*statistics->mutable_legs());
  record.set_resumed(is_resumed_);
  record.set_ringing_unix_ms(ringing_ms_);
  if (!sip_call_ids_.empty()) record.add_sip_call_ids(sip_call_ids_.front());
  if (sip_call_ids_.size() > 1) record.add_sip_call_ids(sip_call_ids_.back());
  record.add_peers(peer_in_);
  if (!peer_out_.empty()) record.add_peers(peer_out_);
  exchange_.given.journal.finish(record);
  if (caller_) caller_->media().release();
  if (callee_) callee_->media().release();
  for (const auto& leg : past_) leg->media().release();
}

void Call::note_sip_call_id(const std::string& sip_call_id) {
  sip_call_ids_.push_back(sip_call_id);
  exchange_.add_sip_call_id(*this, sip_call_id);
}

CallFacts Call::facts() const {
  CallFacts facts{sip_call_ids_, {trunk_in_, trunk_out_}, {}};
  for (const auto& leg : past_) facts.trunks.push_back(leg->trunk()->name());
  facts.numbers = {parties_.calling, parties_.called, called_out_, calling_out_};
  for (std::vector<std::string>* all : {&facts.trunks, &facts.numbers}) std::erase(*all, "");
  return facts;
}

junctor::management::v1::Call Call::show() const {
  junctor::management::v1::Call out;
  out.set_id(id_);
  out.set_state(std::string(name_of(state_)));
  out.set_calling(parties_.calling);
  out.set_called(parties_.called);
  out.set_calling_out(calling_out_);
  out.set_route(route_);
  out.set_started_unix_ms(started_ms_);
  out.set_answered_unix_ms(answered_ms_);
  bool on_hold = false;
  for (const Leg* leg : {caller_.get(), callee_.get()}) {
    if (leg == nullptr) continue;
    junctor::management::v1::Leg& row = *out.add_legs();
    row.set_trunk(leg->trunk()->name());
    row.set_state(std::string(Leg::name_of(leg->state())));
    row.set_peer(leg->dialog().hop.peer.text());
    row.set_call_id(leg->dialog().call_id);
    row.set_codec(leg->media().codec_name());
    row.set_number(leg == caller_.get() ? parties_.calling : called_out_);
    on_hold = on_hold || leg->media().wish() != interop::Direction::SendRecv;
  }
  out.set_on_hold(on_hold);
  return out;
}

}  // namespace junctor::cp
