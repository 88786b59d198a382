// SPDX-License-Identifier: MIT
#include "controlplane/sip/client_transaction.hpp"

#include <utility>

#include "controlplane/dialect/dialect.hpp"
#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/stack_impl.hpp"

namespace junctor::cp {
namespace {

using interop::Message;

// 64*T1 (RFC 3261, 13.2.2.4 and 9.1).
constexpr Milliseconds kLinger{32000};

int on_nta_outgoing(ClientCore* core, nta_outgoing_t* outgoing, const sip_t* sip) {
  if (core == nullptr) return 0;
  msg_t* msg = nta_outgoing_getresponse(outgoing);
  core->on_response(msg, sip);
  if (msg != nullptr) msg_destroy(msg);
  return 0;
}

}  // namespace

ClientCore::ClientCore(StackImpl& stack, Stack::Request request,
                       std::function<void(const Response&)> on_response)
    : stack_(&stack),
      request_(std::move(request)),
      on_response_(std::move(on_response)),
      key_(exchange_key(field(request_.message, "Call-ID"), cseq_number(request_.message),
                        tag_of(request_.message.get("From").value_or("")))) {}

ClientCore::~ClientCore() { end(); }

void ClientCore::start() {
  if (stack_ == nullptr || state_ != State::Calling) return;
  if (!stack_->is_listening(request_.hop)) return wait_for_listener();
  response_timer_.reset();
  branch_ = stack_->make_branch(request_.message.request_uri());
  msg_t* msg = stack_->prepare(request_.message, request_.trunk);
  if (msg != nullptr) {
    const std::string route = route_url(request_.hop);
    outgoing_ = nta_outgoing_mcreate(stack_->agent(), on_nta_outgoing, this,
                                     reinterpret_cast<const url_string_t*>(route.c_str()), msg,
                                     NTATAG_BRANCH_KEY(branch_.c_str()),
                                     TPTAG_IDENT(request_.hop.listener.c_str()), NTATAG_PASS_100(1),
                                     TAG_END());
    if (outgoing_ == nullptr) {
      msg_destroy(msg);
      stack_->count(kBadOutput);
    }
  }
  if (outgoing_ == nullptr) {
    // The caller has no handle yet: it hears of it soon.
    stack_->loop().post([weak = weak_from_this()] {
      if (const auto core = weak.lock()) core->fail(503, kTransportFailed);
    });
    return;
  }
  if (request_.response_timeout > Milliseconds{0}) {
    response_timer_ =
        stack_->loop().after(request_.response_timeout, [this] { on_response_timeout(); });
  }
  if (is_invite() && request_.final_timeout > Milliseconds{0}) {
    final_timer_ = stack_->loop().after(request_.final_timeout, [this] { on_final_timeout(); });
  }
}

// A BYE must not be lost: the peer would keep the call. All else is wanted now or not at all.
void ClientCore::wait_for_listener() {
  if (request_.message.method() == "BYE") {
    stack_->await_listener(weak_from_this());
    if (!response_timer_)
      response_timer_ = stack_->loop().after(kLinger, [this] { on_response_timeout(); });
    return;
  }
  stack_->loop().post([weak = weak_from_this()] {
    if (const auto core = weak.lock()) core->fail(503, kTransportFailed);
  });
}

void ClientCore::on_response(const msg_t* msg, const sip_t* sip) {
  const auto keep = shared_from_this();
  if (stack_ == nullptr || state_ == State::Over) return;
  if (sip == nullptr || nta_sip_is_internal(sip)) {
    const int status =
        sip != nullptr && sip->sip_status != nullptr ? sip->sip_status->st_status : 408;
    if (state_ == State::Lingering) return;
    if (status == 408) return fail(408, kTimeout);
    return fail(503, kTransportFailed);
  }
  Message message = from_sofia(msg, sip);
  if (request_.trunk.dialect != nullptr) {
    const auto verdict = request_.trunk.dialect->receive(message);
    if (verdict.kind == interop::Verdict::Kind::Refuse) return stack_->count(kDialectDropped);
  }
  if (message.status() < 200) {
    on_provisional(message);
  } else {
    on_final(message, false);
  }
}

void ClientCore::on_provisional(const Message& message) {
  response_timer_.reset();
  if (state_ == State::Calling) state_ = State::Proceeding;
  if (cancel_wanted_ && !cancel_sent_ && !answered_) send_cancel();
  if (state_ == State::Proceeding && message.status() > 100) deliver(message, false);
}

void ClientCore::on_final(const Message& message, bool local) {
  response_timer_.reset();
  final_timer_.reset();
  const bool is_answer = is_invite() && message.status() < 300;
  if (!is_answer) {
    if (told_ || answered_) return;  // the other branches of a fork (RFC 3261, 16.7)
    told_ = true;
    // Still reachable: a 2xx may follow what we made ourselves, or a fork's first failure.
    if (is_invite()) {
      linger();
    } else {
      state_ = State::Over;
    }
    deliver(message, local);
    if (!is_invite()) end();
    return;
  }
  const bool wanted = !told_ && on_response_;
  if (!answered_) linger();
  answered_ = true;
  if (wanted) return deliver(message, local);
  stack_->count(kLateAnswer);
  stack_->end_unwanted(*this, message);
}

void ClientCore::fail(std::uint16_t status, SipCounter counter) {
  if (stack_ == nullptr) return;
  stack_->count(counter);
  Message message = Message::response(status, std::string(reason_phrase(status)));
  message.set_method(request_.message.method());
  for (const char* name : {"From", "To", "Call-ID", "CSeq"}) {
    message.add(name, field(request_.message, name));
  }
  on_final(message, true);
}

void ClientCore::deliver(const Message& message, bool local) {
  // The callback may replace or end what it was called from.
  const auto on_response = on_response_;
  if (on_response) on_response(Response{message, local, request_.hop});
}

void ClientCore::cancel(std::string_view reason) {
  if (!is_invite() || cancel_wanted_ || answered_ || told_ || stack_ == nullptr) return;
  cancel_wanted_ = true;
  reason_ = reason;
  if (state_ == State::Proceeding) send_cancel();
}

void ClientCore::send_cancel() {
  cancel_sent_ = true;
  const Message& invite = request_.message;
  Message cancel = Message::request("CANCEL", invite.request_uri());
  for (std::string_view route : invite.get_all("Route")) cancel.add("Route", std::string(route));
  for (const char* name : {"From", "To", "Call-ID", "Max-Forwards"}) {
    if (const auto value = invite.get(name)) cancel.add(name, std::string(*value));
  }
  cancel.add("CSeq", std::to_string(cseq_number(invite)) + " CANCEL");
  if (!reason_.empty()) cancel.add("Reason", reason_);
  // Its branch is the INVITE's: that is how the peer finds it.
  if (msg_t* msg = stack_->prepare(cancel, request_.trunk); msg != nullptr) {
    const std::string route = route_url(request_.hop);
    if (nta_outgoing_mcreate(stack_->agent(), nullptr, nullptr,
                             reinterpret_cast<const url_string_t*>(route.c_str()), msg,
                             NTATAG_BRANCH_KEY(branch_.c_str()),
                             TPTAG_IDENT(request_.hop.listener.c_str()), TAG_END()) == nullptr) {
      msg_destroy(msg);
      stack_->count(kTransportFailed);
    }
  }
  if (told_) return;
  // A peer that forgot the INVITE will never send its 487.
  final_timer_ = stack_->loop().after(kLinger, [this] {
    const auto keep = shared_from_this();
    fail(487, kTimeout);
  });
}

void ClientCore::on_response_timeout() {
  const auto keep = shared_from_this();
  cancel_wanted_ = true;
  // No more retransmissions; what still comes finds us by key().
  if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  fail(408, kTimeout);
}

void ClientCore::on_final_timeout() {
  const auto keep = shared_from_this();
  cancel("SIP;cause=408;text=\"Request Timeout\"");
  fail(408, kTimeout);
}

void ClientCore::abandon() {
  const auto keep = shared_from_this();
  on_response_ = nullptr;
  if (told_ || answered_ || stack_ == nullptr) return;
  if (is_invite()) cancel({});
}

void ClientCore::linger() {
  state_ = State::Lingering;
  over_timer_ = stack_->loop().after(kLinger, [this] {
    const auto keep = shared_from_this();
    end();
  });
}

void ClientCore::close() {
  const auto keep = shared_from_this();
  on_response_ = nullptr;
  end();
}

void ClientCore::end() {
  state_ = State::Over;
  response_timer_.reset();
  final_timer_.reset();
  over_timer_.reset();
  if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  if (stack_ != nullptr) std::exchange(stack_, nullptr)->remove(*this);
}

}  // namespace junctor::cp
