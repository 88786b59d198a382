// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/echo_call.hpp"

#include "controlplane/b2bua/loopback.hpp"
#include "controlplane/b2bua/own_end.hpp"
#include "controlplane/sdp/offer_answer.hpp"
#include "platform/base/assert.hpp"

namespace junctor::cp {

using interop::Direction;
using interop::Message;

EchoCall::EchoCall(Exchange& exchange, std::string id, Parties parties)
    : exchange_(exchange),
      id_(std::move(id)),
      parties_(std::move(parties)),
      started_ms_(exchange.wall_ms()) {
  ++exchange_.live_calls;
}

EchoCall::~EchoCall() {
  if (!has_ended_) --exchange_.live_calls;
}

void EchoCall::start(const TrunkPtr& trunk, Dialog dialog,
                     std::unique_ptr<ServerTransaction> invite) {
  const Message message = invite->request();
  sip_call_ids_.push_back(dialog.call_id);
  exchange_.add_sip_call_id(*this, dialog.call_id);
  leg_ = std::make_unique<Leg>(exchange_, *this, trunk, std::move(dialog), std::move(invite));
  if (const auto failure = answer(message)) return end(*failure);
  over_ = exchange_.given.loop.after(kLongest, [weak = weak_from_this()] {
    const auto call = weak.lock();
    if (!call) return;
    call->enter();
    call->end(gateway_cause(0, "it lasted as long as it may"));
    call->leave();
  });
}

// Why it is not answered; nothing if it is.
std::optional<Cause> EchoCall::answer(const Message& invite) {
  ReadSdp read = read_sdp(invite, leg_->trunk()->dialect(), interop::SdpRole::Offer);
  std::optional<Refusal> refusal = std::move(read.refusal);
  if (!refusal && read.sdp) refusal = leg_->media().take_offer(std::move(*read.sdp));
  if (refusal) return refusal_cause(*refusal, "the caller's description: " + refusal->reason);
  if (!leg_->media().open()) {
    exchange_.count(kNoPort);
    return gateway_cause(503, "no port is left for voice");
  }
  OrRefusal<std::string> made = describe_own_end(leg_->media(), g711_of(*leg_->trunk()));
  if (Refusal* no = std::get_if<Refusal>(&made))
    return refusal_cause(*no, "the caller's description: " + no->reason);
  apply_media();  // first: voice may follow the answer at once
  leg_->answer(std::get<std::string>(made));
  return std::nullopt;
}

void EchoCall::on_reoffer(Leg& leg) {
  answer_reoffer_of_own_end(exchange_, leg, g711_of(*leg.trunk()));
}

void EchoCall::on_info(Leg&, std::unique_ptr<ServerTransaction> info) {
  answer_info_of_own_end(exchange_, std::move(info));
}

void EchoCall::on_media_timeout(std::uint32_t silent_s) {
  exchange_.count(kMediaTimeout);
  end(gateway_cause(0, "no voice for " + std::to_string(silent_s) + " s"));
}

void EchoCall::on_media_refused(const std::string& reason) {
  exchange_.count(kMediaRefused);
  end(gateway_cause(500, "the dataplane refused the session: " + reason));
}

void EchoCall::end(const Cause& cause) {
  if (has_ended_) return;
  has_ended_ = true;
  --exchange_.live_calls;
  over_.reset();
  leg_->release(cause);
  if (!has_session_) {
    is_removed_ = true;
    return leg_->media().release();
  }
  exchange_.given.media.remove(
      id_, [weak = weak_from_this()](const std::optional<media::v1::SessionStatistics>&) {
        const auto call = weak.lock();
        if (!call) return;
        call->enter();
        call->is_removed_ = true;
        call->leg_->media().release();
        call->leave();
      });
}

void EchoCall::leave() {
  JUNCTOR_ASSERT(depth_ > 0);
  if (--depth_ == 0) settle();
}

void EchoCall::settle() {
  leg_->follow_target();
  apply_media();
  if (!is_removed_ || !leg_->has_ended() || is_forgotten_) return;
  is_forgotten_ = true;
  exchange_.forget(*this);
}

void EchoCall::apply_media() {
  if (has_ended_ || !leg_->media().has_agreed()) return;
  const Direction wish = leg_->media().wish();
  media::v1::Session session;
  session.set_id(id_);
  session.set_timeout_s(exchange_.settings.media_timeout_s);
  leg_->media().fill(*session.add_legs(), is_sending(wish), is_receiving(wish),
                     exchange_.settings.dscp);
  session.mutable_endpoint()->set_echo(true);
  const std::size_t hash = std::hash<std::string>{}(session.SerializeAsString());
  if (has_session_ && hash == session_hash_) return;
  session_hash_ = hash;
  has_session_ = true;
  exchange_.given.media.apply(std::move(session));
}

CallFacts EchoCall::facts() const {
  return {sip_call_ids_, {leg_->trunk()->name()}, {parties_.calling, parties_.called}};
}

junctor::management::v1::Call EchoCall::show() const {
  junctor::management::v1::Call out;
  out.set_id(id_);
  out.set_state(state_name());
  out.set_calling(parties_.calling);
  out.set_called(parties_.called);
  out.set_started_unix_ms(started_ms_);
  out.set_answered_unix_ms(started_ms_);
  junctor::management::v1::Leg& row = *out.add_legs();
  row.set_trunk(leg_->trunk()->name());
  row.set_state(std::string(Leg::name_of(leg_->state())));
  row.set_peer(leg_->dialog().hop.peer.text());
  row.set_call_id(leg_->dialog().call_id);
  row.set_codec(leg_->media().codec_name());
  row.set_number(parties_.calling);
  junctor::management::v1::Leg& own = *out.add_legs();
  own.set_trunk(std::string(kLoopbackEcho));
  own.set_number(parties_.called);
  return out;
}

}  // namespace junctor::cp
