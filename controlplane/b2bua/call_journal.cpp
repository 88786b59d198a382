// SPDX-License-Identifier: MIT
// A call written down, and rebuilt.
#include "controlplane/b2bua/call.hpp"
#include "controlplane/b2bua/journal_codec.hpp"
#include "journal/v1/journal.pb.h"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

namespace {

void write_ended(const Cause& cause, std::uint64_t now_ms, journal::v1::Ended& out) {
  out.set_unix_ms(now_ms);
  out.set_by(std::string(by_name(cause.by)));
  out.set_sentence(cause.sentence);
  out.set_reason(cause.reason);
}

Cause read_ended(const journal::v1::Ended& in) {
  Cause out = gateway_cause(0, in.sentence());
  for (const By by : {By::Caller, By::Callee, By::Operator}) {
    if (by_name(by) == in.by()) out.by = by;
  }
  out.reason = in.reason();
  return out;
}

// As it was, but with a listener that is there: the configuration may name it otherwise since.
Dialog dialog_of(const Exchange& exchange, const journal::v1::Leg& saved, const TrunkPtr& trunk) {
  Dialog dialog = read_dialog(saved.dialog());
  dialog.local_cseq += kResumeStep;
  for (Hop* hop : {&dialog.hop, &dialog.first_hop})
    if (trunk && !exchange.given.stack.has_listener(hop->listener))
      hop->listener = trunk->config().listener();
  return dialog;
}

// Ends a dialog that no leg was made of. Its trunk may be gone: then whoever has its peer speaks, or
// nobody's dialect.
void say_bye(Exchange& exchange, const journal::v1::Leg& saved, const std::string& reason) {
  if (saved.dialog().call_id().empty()) return;
  TrunkTable& trunks = exchange.given.trunks;
  TrunkPtr trunk = trunks.find(saved.trunk());
  Dialog dialog = dialog_of(exchange, saved, trunk);
  if (!trunk) trunk = trunks.find_by_source(dialog.first_hop.listener, dialog.first_hop.peer);
  Stack::Request request;
  request.message = dialog.request("BYE");
  if (!reason.empty()) request.message.add("Reason", reason);
  request.hop = dialog.hop;
  if (trunk) request.trunk = TrunkOf{trunk.get(), &trunk->dialect()};
  // It is sent again until it is answered, also when nobody waits for that any more.
  exchange.bury(std::shared_ptr<ClientTransaction>(
      exchange.given.stack.send(std::move(request), [](const Response&) {})));
}

}  // namespace

void Call::save() {
  const bool is_joined = state_ == State::Joining || state_ == State::Established;
  if (!is_joined || is_loopback_ || !caller_->media().has_agreed() ||
      !callee_->media().has_agreed())
    return;
  if (!is_end_saved_) write_down(nullptr);
}

void Call::on_ending(const Leg& leg, const Cause& cause) {
  if (&leg == caller_.get() || &leg == callee_.get()) save_end(cause);
}

// Before the last message leaves: from then on no restart may take the call for one that goes on.
void Call::save_end(const Cause& cause) {
  if (saved_hash_ == 0 || is_end_saved_) return;
  is_end_saved_ = true;
  write_down(&cause);
}

void Call::write_down(const Cause* ended) {
  journal::v1::Call out;
  out.set_version(kJournalVersion);
  out.set_id(id_);
  out.set_started_unix_ms(started_ms_);
  out.set_answered_unix_ms(answered_ms_);
  out.set_ringing_unix_ms(ringing_ms_);
  out.set_calling(parties_.calling);
  out.set_calling_display(parties_.calling_display);
  out.set_called(parties_.called);
  out.set_called_out(called_out_);
  out.set_calling_out(calling_out_);
  out.set_route(route_);
  for (const std::string& call_id : sip_call_ids_) out.add_sip_call_ids(call_id);
  write_leg(*caller_, *out.mutable_caller());
  write_leg(*callee_, *out.mutable_callee());
  if (ended != nullptr) {
    write_ended(*ended, exchange_.wall_ms(), *out.mutable_ended());
    out.mutable_ended()->set_caller_gone(caller_->has_ended());
    out.mutable_ended()->set_callee_gone(callee_->has_ended());
  }
  const std::string value = out.SerializeAsString();
  const std::size_t hash = std::hash<std::string>{}(value);
  if (hash == saved_hash_) return;
  saved_hash_ = hash;
  exchange_.given.journal.save(id_, value);
}

Call::Restored Call::restore(std::string_view value) {
  journal::v1::Call in;
  if (!in.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      in.version() != kJournalVersion) {
    return Restored::Unreadable;
  }
  started_ms_ = in.started_unix_ms();
  answered_ms_ = in.answered_unix_ms();
  ringing_ms_ = in.ringing_unix_ms();
  parties_.calling = in.calling();
  parties_.calling_display = in.calling_display();
  parties_.called = in.called();
  called_out_ = in.called_out();
  peer_in_ = read_dialog(in.caller().dialog()).first_hop.peer.text();
  peer_out_ = read_dialog(in.callee().dialog()).first_hop.peer.text();
  calling_out_ = in.calling_out();
  trunk_in_ = in.caller().trunk();
  trunk_out_ = in.callee().trunk();
  route_ = in.route();
  for (const std::string& sip_call_id : in.sip_call_ids()) note_sip_call_id(sip_call_id);
  if (in.has_ended()) {
    exchange_.count(kCallsEndedLate);
    const std::uint64_t then = in.ended().unix_ms();
    end_restored(in, read_ended(in.ended()), then != 0 ? then : exchange_.wall_ms());
    return Restored::Ended;
  }
  std::string trouble;
  caller_ = restore_leg(in.caller(), trouble);
  callee_ = restore_leg(in.callee(), trouble);
  if (!trouble.empty()) {
    exchange_.count(kCallsLost);
    log_error("b2bua", "a call cannot go on", {{"call", id_}, {"reason", trouble}});
    Cause cause = gateway_cause(0, "not to be resumed after a restart: " + trouble);
    cause.reason = "Q.850;cause=41;text=\"Temporary failure\"";
    end_restored(in, cause, exchange_.wall_ms());
    return Restored::Ended;
  }
  state_ = State::Established;
  is_resumed_ = true;
  exchange_.count(kCallsResumed);
  apply_media();
  save();
  return Restored::Resumed;
}

std::unique_ptr<Leg> Call::restore_leg(const journal::v1::Leg& saved, std::string& trouble) {
  TrunkPtr trunk = exchange_.given.trunks.find(saved.trunk());
  if (!trunk) trunk = exchange_.given.trunks.find_retired(saved.trunk());
  if (!trunk) {
    trouble = "there is no trunk " + saved.trunk();
    return nullptr;
  }
  Dialog dialog = dialog_of(exchange_, saved, trunk);
  auto leg = std::make_unique<Leg>(exchange_, *this, trunk, std::move(dialog));
  if (saved.dialog().call_id().empty() || !leg->media().claim(read_media(saved.media()))) {
    trouble = "its dialog, port or descriptions on trunk " + saved.trunk() + " are unusable";
    return nullptr;
  }
  leg->restore(saved.incoming());
  return leg;
}

// The dataplane ends the session by itself: it is not among those that it is told of.
void Call::end_restored(const journal::v1::Call& saved, const Cause& cause, std::uint64_t when_ms) {
  caller_.reset();
  callee_.reset();
  ended_ = cause;
  ended_ms_ = when_ms;
  if (!saved.ended().caller_gone()) say_bye(exchange_, saved.caller(), cause.reason);
  if (!saved.ended().callee_gone()) say_bye(exchange_, saved.callee(), cause.reason);
  write_record(std::nullopt);
}

}  // namespace junctor::cp
