// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/board.hpp"

#include <algorithm>

#include "controlplane/b2bua/identity.hpp"
#include "platform/telemetry/log.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

constexpr std::size_t kEndedTests = 16;  // that can be asked for
// Of calls that are refused at the door so many a second have a record; a flood is counted only.
constexpr unsigned kRefusalsPerSecond = 50;

}  // namespace

void Board::bury(std::shared_ptr<void> thing) {
  if (!thing) return;
  if (grave_.empty()) {
    given.loop.post([weak = std::weak_ptr(self_)] {
      if (const auto self = weak.lock()) {
        const auto dead = std::exchange((*self)->grave_, {});
      }
    });
  }
  grave_.push_back(std::move(thing));
}

void Board::forget(LiveCall& call) {
  const auto found = calls_.find(call.id());
  JUNCTOR_ASSERT(found != calls_.end());
  index_.add_ended(call.id(), call.facts());
  if (auto test = call.test()) ended_tests_.push_back(std::move(*test));
  if (ended_tests_.size() > kEndedTests) ended_tests_.pop_front();
  bury(std::move(found->second));
  calls_.erase(found);
}

std::uint32_t Board::resume() {
  std::uint32_t resumed = 0;
  for (const Journal::Entry& entry : given.journal.load()) {
    auto call = std::make_shared<Call>(static_cast<Exchange&>(*this), entry.call_id);
    const Call::Restored restored = call->restore(entry.value);
    if (restored == Call::Restored::Unreadable) {
      count(kJournalUnreadable);
      log_error("b2bua", "a call of the journal cannot be read", {{"call", entry.call_id}});
      given.journal.erase(entry.call_id);
      continue;
    }
    order_.push_back(entry.call_id);
    if (restored == Call::Restored::Ended) {
      index_.add_ended(call->id(), call->facts());
      continue;
    }
    calls_.emplace(entry.call_id, std::move(call));
    ++resumed;
  }
  return resumed;
}

TrunkPtr Board::trunk_of(const void* trunk) const {
  for (const TrunkPtr& candidate : given.trunks.all()) {
    if (candidate.get() == trunk) return candidate;
  }
  return trunk != nullptr && loopback.get() == trunk ? loopback : nullptr;
}

// Whether a request comes from the side of its dialog: by its trunk, also if that was configured
// anew, or from where the dialog's requests go.
bool Board::is_of(const Leg& leg, const ServerTransaction& transaction) const {
  const TrunkPtr trunk = trunk_of(transaction.trunk());
  if (trunk && trunk->name() == leg.trunk()->name()) return true;
  const IpAddress& source = transaction.hop().peer.ip;
  return transaction.hop().listener == leg.dialog().hop.listener &&
         (source == leg.dialog().hop.peer.ip || source == leg.dialog().first_hop.peer.ip);
}

void Board::refuse(ServerTransaction& transaction, std::uint16_t status) {
  transaction.respond(Message::response(status, std::string(phrase_of(status))), make_token());
}

// Most of a flood is refused without a trace in the records, as it costs the disk what calls need.
bool Board::may_record_refusal() {
  const Nanoseconds now = given.loop.clock().now();
  if (now - refusals_since_ >= Seconds{1}) {
    refusals_since_ = now;
    refusals_ = 0;
  }
  return refusals_++ < kRefusalsPerSecond;
}

// A call that is refused at the door is found again as any other that failed.
void Board::refuse_call(ServerTransaction& transaction, std::uint16_t status,
                        const std::string& sentence, bool is_soon_over) {
  if (may_record_refusal()) {
    const Message& invite = transaction.request();
    std::uint16_t ignored = 0;
    const Parties parties = parties_of(invite, ignored).value_or(Parties{});
    const TrunkPtr trunk = trunk_of(transaction.trunk());
    junctor::management::v1::CallRecord record;
    record.set_id(make_token());
    record.set_started_unix_ms(wall_ms());
    record.set_ended_unix_ms(wall_ms());
    record.set_calling(parties.calling);
    record.set_called(parties.called);
    if (trunk) record.set_trunk_in(trunk->name());
    record.set_sip_status(status);
    record.set_ended_by(std::string(by_name(By::Gateway)));
    record.set_reason(sentence);
    begin(record.id());
    const std::string sip_call_id(invite.get("Call-ID").value_or(""));
    index_.add_sip_call_id(record.id(), sip_call_id, true);
    index_.add_ended(record.id(),
                     {{sip_call_id}, {record.trunk_in()}, {record.calling(), record.called()}});
    given.journal.finish(record);
  }
  Message refusal = Message::response(status, std::string(phrase_of(status)));
  if (is_soon_over) refusal.add("Retry-After", "1");
  transaction.respond(std::move(refusal), make_token());
}

// Live calls are found among the last ones as long as there are fewer than four times as many.
void Board::begin(const std::string& call_id) {
  order_.push_back(call_id);
  if (order_.size() > 4 * kEndedCalls) order_.pop_front();
}

void Board::on_request(std::unique_ptr<ServerTransaction> transaction) {
  const Message& request = transaction->request();
  const std::string tag = tag_of(request, "To");
  if (!tag.empty()) {
    const auto found = dialogs_.find(key(request.get("Call-ID").value_or(""), tag));
    if (found == dialogs_.end()) {
      count(kUnknownDialog);
      return refuse(*transaction, 481);
    }
    if (!is_of(*found->second, *transaction)) {
      count(kForeignRequest);
      return refuse(*transaction, 481);
    }
    return found->second->on_request(std::move(transaction));
  }
  if (request.method() == "INVITE") return on_invite(std::move(transaction));
  if (request.method() == "OPTIONS") {
    count(kOptionsAnswered);
    return transaction->respond(options_response(), make_token());
  }
  if (request.method() == "BYE" || request.method() == "UPDATE" || request.method() == "INFO") {
    count(kUnknownDialog);  // they have no meaning outside of one
    return refuse(*transaction, 481);
  }
  count(kMethodRefused);
  transaction->respond(method_refusal(request.method()), make_token());
}

void Board::on_stray_answer(const Message& response) {
  const auto found =
      dialogs_.find(key(response.get("Call-ID").value_or(""), tag_of(response, "From")));
  if (found == dialogs_.end()) return count(kUnknownDialog);
  found->second->on_stray_answer(response);
}

// A new call from that trunk, none if it was removed; or 503 tells that it may not.
bool Board::may_begin(const TrunkPtr& trunk, ServerTransaction& invite) {
  const bool is_closed = !trunk || !trunk->is_enabled() || trunk->tally().is_drained;
  const std::uint32_t most = max_calls(trunk);
  const bool is_full = calls() >= most || calls_.size() >= 2 * std::size_t{most} ||
                       (!is_closed && !trunk->has_room());
  if (!is_closed && !is_full && trunk->has_rate(given.loop.clock().now())) return true;
  count(kRefusedFull);
  if (trunk) ++trunk->tally().calls_refused;
  // What is full has room again soon; of what is closed nobody knows (RFC 3261, section 21.5.4).
  refuse_call(invite, 503,
              is_closed ? trunk ? "trunk " + trunk->name() + " is drained or disabled"
                                : std::string("the trunk was removed")
              : trunk->has_room() && calls() < most
                  ? "trunk " + trunk->name() + " takes no more calls in this second"
                  : "there are as many calls as may be",
              !is_closed);
  return false;
}

void Board::on_invite(std::unique_ptr<ServerTransaction> transaction) {
  const TrunkPtr trunk = trunk_of(transaction->trunk());
  if (!may_begin(trunk, *transaction)) return;
  const Message& invite = transaction->request();
  std::uint16_t status = 0;
  const auto parties = parties_of(invite, status);
  std::optional<Dialog> dialog;
  if (parties && !takes_descriptions(invite)) {
    status = 406;
  } else if (parties) {
    status = 400;
    dialog = Dialog::incoming(invite, transaction->hop(), make_token(),
                              contact_of(given.stack, transaction->hop(), parties->called));
  }
  if (!dialog) {
    count(kRefusedMalformed);
    return refuse_call(*transaction, status, "the INVITE cannot be understood or answered");
  }
  trunk->tally().rate.add(given.loop.clock().now());
  if (is_loopback(trunk) && parties->called == kLoopbackEcho) {
    return make_call(
        std::make_shared<EchoCall>(static_cast<Exchange&>(*this), make_token(), *parties),
        [&](EchoCall& call) { call.start(trunk, std::move(*dialog), std::move(transaction)); });
  }
  make_call(std::make_shared<Call>(static_cast<Exchange&>(*this), make_token()), [&](Call& call) {
    call.start(trunk, std::move(*dialog), *parties, std::move(transaction));
  });
}

template <typename AnyCall, typename Start>
void Board::make_call(std::shared_ptr<AnyCall> call, Start start) {
  calls_.emplace(call->id(), call);
  begin(call->id());
  call->enter();
  start(*call);
  call->leave();
}

std::unique_ptr<Switchboard> Switchboard::create(Given given, Settings settings) {
  return std::make_unique<Board>(given, settings);
}

}  // namespace junctor::cp
