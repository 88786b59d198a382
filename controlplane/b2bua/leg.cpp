// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/leg.hpp"

#include <algorithm>

#include "controlplane/sdp/multipart.hpp"
#include "platform/base/assert.hpp"
#include "platform/base/random.hpp"
#include "platform/telemetry/log.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

Leg::Leg(Exchange& exchange, LegOwner& owner, TrunkPtr trunk, Dialog dialog)
    : exchange_(exchange),
      owner_(owner),
      trunk_(std::move(trunk)),
      dialog_(std::move(dialog)),
      media_(exchange.given.media, trunk_) {
  ++trunk_->calls;
  is_counted_ = true;
  exchange_.add_dialog(dialog_.call_id, dialog_.local_tag, *this);
}

Leg::Leg(Exchange& exchange, LegOwner& owner, TrunkPtr trunk, Dialog dialog,
         std::unique_ptr<ServerTransaction> invite)
    : Leg(exchange, owner, std::move(trunk), std::move(dialog)) {
  invite_in_ = std::move(invite);
  is_incoming_ = true;
  state_ = State::Invited;
  ++trunk_->calls_in;
  invite_in_->set_callbacks(
      {guarded([this](const Message& cancel) { fire(Event::Cancel, {.message = &cancel}); }),
       guarded([this](const Message& ack) { fire(Event::Ack, {.message = &ack}); }),
       guarded([this] { fire(Event::NoAck, {}); })});
}

Leg::~Leg() {
  go(State::Ended);
  close();
}

void Leg::restore(bool is_incoming) {
  JUNCTOR_ASSERT(state_ == State::Idle);
  is_incoming_ = is_incoming;
  state_ = State::Confirmed;
  is_acknowledged_ = true;
  follow_target();
}

void Leg::fire(Event event, const Input& input) {
  const auto& rows = table();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
    return r.state == state_ && r.event == event;
  });
  if (row == rows.end()) {
    exchange_.count(kUnlistedEvent);
    log_debug(
        "b2bua", "event is not listed",
        {{"state", name_of(state_)}, {"event", name_of(event)}, {"call_id", dialog_.call_id}});
    return;
  }
  if (is_logged(LogLevel::Debug))
    log_debug(
        "b2bua", "leg",
        {{"state", name_of(state_)}, {"event", name_of(event)}, {"call_id", dialog_.call_id}});
  // The next state holds before the action tells anyone; an action with a choice makes it itself.
  if (row->next.size() == 1) go(row->next.front());
  (this->*row->action)(input);
  if (has_ended()) close();
}

void Leg::go(State next) {
  if (next == state_) return;
  state_ = next;
  timer_.reset();
  if (next == State::Closing || next == State::Ending) drop_reoffers();
}

void Leg::follow_target() {
  if (!has_ended()) exchange_.dialog_peers.update(elsewhere_, trunk_, dialog_.hop);
}

// Lets go of everything but what was agreed and counted.
void Leg::close() {
  if (!is_counted_) return;
  is_counted_ = false;
  --trunk_->calls;
  exchange_.remove_dialog(dialog_.call_id, dialog_.local_tag);
  elsewhere_.release();
  drop_reoffers();
  for (InfoRelay& relay : relays_) {
    if (!relay.from->is_answered()) respond(*relay.from, 481);
    exchange_.bury(std::move(relay.from));
    exchange_.bury(std::move(relay.to));
  }
  relays_.clear();
  linger_.reset();
  exchange_.bury(std::move(invite_in_));
  exchange_.bury(std::move(invite_out_.transaction));
  exchange_.bury(std::move(reinvite_out_.transaction));
  exchange_.bury(std::move(bye_));
}

void Leg::ring(std::uint16_t status, const std::string* sdp) {
  fire(Event::Ring, {.sdp = sdp, .status = status});
}
void Leg::answer(const std::string& sdp) { fire(Event::Answer, {.sdp = &sdp}); }
void Leg::acknowledge(const std::string* sdp) { fire(Event::Acknowledge, {.sdp = sdp}); }
void Leg::release(const Cause& cause) {
  released_ = cause;
  fire(Event::Release, {.cause = &cause});
}

void Leg::ignore(const Input&) {}

// The end of a leg that was being ended.
void Leg::finish(const Input&) {}

void Leg::take_bye(const Input& input) {
  const By by = is_incoming_ ? By::Caller : By::Callee;
  const Cause cause = cause_of_request((*input.request)->request(), by,
                                       "the " + std::string(by_name(by)) + " hung up");
  owner_.on_ending(*this, cause);
  Message response = Message::response(200, "OK");
  (*input.request)->respond(std::move(response), dialog_.local_tag);
  if (invite_in_ && !invite_in_->is_answered()) respond(*invite_in_, 487);
  owner_.on_released(*this, cause);
}

void Leg::send_bye(const Input&) {
  Message bye = dialog_.request("BYE");
  if (!released_.reason.empty()) bye.add("Reason", released_.reason);
  // Until it is answered the leg stays, so that a crossing BYE finds it.
  send(std::move(bye), guarded([this](const Response& response) {
         if (response.message.status() < 200) return;
         if (response.local) exchange_.count(kNoAnswerToBye);
         fire(Event::Gone, {});
       }),
       bye_);
}

void Leg::send(Message message, std::function<void(const Response&)> on_response,
               std::shared_ptr<ClientTransaction>& into, Milliseconds final_timeout) {
  Stack::Request request;
  request.message = std::move(message);
  request.hop = dialog_.hop;
  request.trunk = TrunkOf{trunk_.get(), &trunk_->dialect()};
  request.final_timeout = final_timeout;
  if (state_ == State::Calling) {
    request.response_timeout = Milliseconds(trunk_->config().response_timeout_ms());
  }
  exchange_.bury(std::move(into));
  owner_.on_sending();
  std::shared_ptr<ClientTransaction> sent =
      exchange_.given.stack.send(std::move(request), std::move(on_response));
  if (has_ended()) {
    exchange_.bury(std::move(sent));  // it failed at once
  } else {
    into = std::move(sent);
  }
}

void Leg::send_ack_message(const Message& ack) {
  Stack::Request request;
  request.message = ack;
  request.hop = dialog_.hop;
  request.trunk = TrunkOf{trunk_.get(), &trunk_->dialect()};
  exchange_.given.stack.send_ack(std::move(request));
}

SocketAddress Leg::listener_address() const {
  return exchange_.given.stack.listener_address(dialog_.hop.listener);
}

void Leg::count_failure(std::uint16_t status, std::string_view why) {
  trunk_->count_failure(status, std::to_string(status) + " " + std::string(why),
                        exchange_.wall_ms());
}

void Leg::respond(ServerTransaction& request, Message response) {
  request.respond(std::move(response), dialog_.local_tag);
}

void Leg::respond(ServerTransaction& request, std::uint16_t status) {
  respond(request, Message::response(status, std::string(phrase_of(status))));
}

namespace {

Message retry_later(std::uint16_t status) {
  Message out = Message::response(status, std::string(phrase_of(status)));
  out.add("Retry-After", std::to_string(random_between(0, 10)));
  return out;
}

}  // namespace

void Leg::on_request(std::unique_ptr<ServerTransaction> request) {
  guarded([&] { serve(std::move(request)); })();
}

void Leg::serve(std::unique_ptr<ServerTransaction> request) {
  const Message& message = request->request();
  const std::string tag = tag_of(message, "From");
  const bool is_early_out = state_ == State::Calling || state_ == State::Proceeding;
  const bool is_known = is_early_out ? std::find(forks_.begin(), forks_.end(), tag) != forks_.end()
                                     : tag == dialog_.remote_tag;
  if (!is_known) {
    exchange_.count(kUnknownDialog);
    return respond(*request, 481);
  }
  if (!is_early_out && !dialog_.take_cseq(cseq_of(message))) {
    exchange_.count(kStaleCseq);
    return respond(*request, 500);  // RFC 3261, 12.2.2
  }
  struct Service {
    std::string_view method;
    void (Leg::*serve)(std::unique_ptr<ServerTransaction>);
  };
  static constexpr Service kServices[] = {{"BYE", &Leg::on_bye},
                                          {"INVITE", &Leg::on_reinvite},
                                          {"UPDATE", &Leg::on_update},
                                          {"INFO", &Leg::on_info},
                                          {"OPTIONS", &Leg::on_options}};
  for (const Service& service : kServices) {
    if (service.method == message.method()) return (this->*service.serve)(std::move(request));
  }
  exchange_.count(kMethodRefused);
  respond(*request, method_refusal(message.method()));
}

void Leg::on_bye(std::unique_ptr<ServerTransaction> request) {
  fire(Event::Bye, {.request = &request});
  if (!request->is_answered()) respond(*request, 481);
  exchange_.bury(std::move(request));
}

void Leg::on_options(std::unique_ptr<ServerTransaction> request) {
  exchange_.count(kOptionsAnswered);
  Message response = options_response();
  response.set("Contact", dialog_.contact);
  respond(*request, std::move(response));
}

void Leg::on_info(std::unique_ptr<ServerTransaction> request) {
  if (!is_established()) return respond(*request, retry_later(500));
  if (request->request().has("Info-Package")) {
    // No package was ever agreed: none is what Recv-Info lists (RFC 6086, section 4.2.2).
    Message refusal = Message::response(469, std::string(phrase_of(469)));
    refusal.add("Recv-Info", "");
    return respond(*request, std::move(refusal));
  }
  if (!find_sdp(request->request()).text.empty()) {
    // A description tells of the peer's network, and an INFO changes no session (RFC 6086, 3).
    Message refusal = Message::response(415, std::string(phrase_of(415)));
    refusal.add("Accept", "application/dtmf-relay, application/dtmf");
    return respond(*request, std::move(refusal));
  }
  owner_.on_info(*this, std::move(request));
}

void Leg::pass_info(std::unique_ptr<ServerTransaction> info) {
  constexpr std::size_t kMaxRelays = 8;
  if (state_ != State::Confirmed || relays_.size() >= kMaxRelays) {
    return info->respond(retry_later(500), "");
  }
  Message message = dialog_.request("INFO");
  const Message& theirs = info->request();
  if (const auto type = theirs.get("Content-Type")) {
    message.set_body(std::string(*type), theirs.body());
  }
  for (const std::string_view name : {"Content-Disposition", "Content-Encoding"}) {
    if (const auto value = theirs.get(name)) message.add(name, std::string(*value));
  }
  exchange_.count(kInfoPassed);
  std::shared_ptr<ServerTransaction> from = std::move(info);
  relays_.push_back({from, nullptr});
  std::shared_ptr<ClientTransaction> sent;
  send(std::move(message), guarded([this, from](const Response& response) {
         const std::uint16_t status = response.message.status();
         if (status < 200 || from->is_answered()) return;
         std::erase_if(relays_, [&](InfoRelay& relay) {
           if (relay.from != from) return false;
           exchange_.bury(std::move(relay.from));
           exchange_.bury(std::move(relay.to));
           return true;
         });
         // A 481 is about our dialog over there, not about theirs here.
         const std::uint16_t ours = status == 481 || status == 401 || status == 407 ? 500 : status;
         const bool same = ours == status && !response.local;
         Message out = Message::response(ours, std::string(phrase_of(ours)));
         const bool passes = same && find_sdp(response.message).text.empty();
         if (const auto type = response.message.get("Content-Type"); type && passes) {
           out.set_body(std::string(*type), response.message.body());
         }
         from->respond(std::move(out), "");
       }),
       sent);
  const auto mine = std::find_if(relays_.begin(), relays_.end(),
                                 [&](const InfoRelay& relay) { return relay.from == from; });
  if (mine != relays_.end()) mine->to = std::move(sent);
}

Message method_refusal(std::string_view method) {
  static constexpr std::string_view kKnown[] = {"REFER",   "SUBSCRIBE", "NOTIFY", "MESSAGE",
                                                "PUBLISH", "REGISTER",  "INVITE", "UPDATE",
                                                "BYE",     "INFO",      "OPTIONS"};
  // RFC 3262, section 3: no provisional response of ours was reliable.
  if (method == "PRACK") return Message::response(481, std::string(phrase_of(481)));
  const bool known = std::find(std::begin(kKnown), std::end(kKnown), method) != std::end(kKnown);
  const std::uint16_t status = known ? 405 : 501;
  Message out = Message::response(status, std::string(phrase_of(status)));
  out.add("Allow", std::string(kAllow));
  return out;
}

Message options_response() {
  Message out = Message::response(200, "OK");
  out.add("Allow", std::string(kAllow));
  out.add("Accept", "application/sdp");
  out.add("Accept-Encoding", "identity");
  out.add("Supported", "");
  return out;
}

}  // namespace junctor::cp
