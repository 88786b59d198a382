// SPDX-License-Identifier: MIT
#include "controlplane/sip/server_transaction.hpp"

#include <algorithm>
#include <utility>

#include "controlplane/dialect/dialect.hpp"
#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/stack_impl.hpp"

namespace junctor::cp {
namespace {

using interop::Message;

// RFC 3261, table 4.
constexpr Milliseconds kT1{500}, kT2{4000};

int on_nta_incoming(ServerCore* core, nta_incoming_t* incoming, const sip_t* sip) {
  if (core == nullptr || sip == nullptr || sip->sip_request == nullptr) return 0;
  if (sip->sip_request->rq_method != sip_method_cancel) return 0;
  msg_t* msg = nta_incoming_getrequest_ackcancel(incoming);
  if (msg == nullptr) return 0;
  core->on_cancel(msg, sip);
  msg_destroy(msg);
  return 0;
}

bool makes_dialog(std::string_view method) {
  return method == "INVITE" || method == "SUBSCRIBE" || method == "REFER" || method == "NOTIFY";
}

}  // namespace

Message complete_response(const Message& request, Message response, std::string_view to_tag) {
  Message whole = Message::response(
      response.status(), response.reason().empty() ? std::string(reason_phrase(response.status()))
                                                   : response.reason());
  whole.set_method(request.method());
  for (std::string_view via : request.get_all("Via")) whole.add("Via", std::string(via));
  if (response.status() < 300 && makes_dialog(request.method()) && !response.has("Record-Route")) {
    for (std::string_view route : request.get_all("Record-Route")) {
      whole.add("Record-Route", std::string(route));
    }
  }
  std::string to = field(request, "To");
  if (tag_of(to).empty() && response.status() > 100) {
    to += ";tag=";
    to += to_tag.empty() ? make_token() : std::string(to_tag);
  }
  whole.add("From", field(request, "From"));
  whole.add("To", std::move(to));
  whole.add("Call-ID", field(request, "Call-ID"));
  whole.add("CSeq", field(request, "CSeq"));
  // RFC 3261, 8.2.6.1
  if (response.status() == 100 && request.has("Timestamp"))
    whole.add("Timestamp", field(request, "Timestamp"));
  for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) response.remove(name);
  for (const interop::Header& header : response.headers()) whole.add(header.name, header.value);
  if (!response.body().empty()) whole.set_body(field(response, "Content-Type"), response.body());
  return whole;
}

ServerCore::ServerCore(StackImpl& stack, nta_incoming_t* incoming, Message request, Hop hop,
                       TrunkOf trunk)
    : stack_(&stack),
      trunk_(trunk),
      incoming_(incoming),
      request_(std::move(request)),
      hop_(std::move(hop)) {
  nta_incoming_bind(incoming_, on_nta_incoming, this);
}

ServerCore::~ServerCore() { end(); }

void ServerCore::end() {
  timer_.reset();
  if (incoming_ != nullptr) nta_incoming_destroy(std::exchange(incoming_, nullptr));
  if (stack_ != nullptr) std::exchange(stack_, nullptr)->remove(*this);
}

void ServerCore::close() {
  const auto keep = shared_from_this();
  callbacks_ = {};
  end();
}

void ServerCore::abandon() {
  callbacks_ = {};
  if (answered_ || stack_ == nullptr) return;
  respond(Message::response(500, std::string(reason_phrase(500))), {});
}

bool ServerCore::send(const Message& response) {
  Message copy = response;
  msg_t* msg = stack_->prepare(copy, trunk_);
  if (msg == nullptr) return false;
  // nta takes the message in any case; what it cannot send it tries again by itself.
  nta_incoming_mreply(incoming_, msg);
  return true;
}

void ServerCore::respond(Message response, std::string_view to_tag) {
  if (answered_ || incoming_ == nullptr) return;
  const auto keep = shared_from_this();
  Message whole = complete_response(request_, std::move(response), to_tag);
  const std::uint16_t status = whole.status();
  if (!to_tag.empty()) nta_incoming_tag(incoming_, std::string(to_tag).c_str());
  answered_ = status >= 200;
  if (!send(whole)) {
    if (answered_) nta_incoming_treply(incoming_, SIP_500_INTERNAL_SERVER_ERROR, TAG_END());
    if (answered_) end();
    return;
  }
  if (!answered_) return;
  if (is_invite() && status < 300) {
    await_ack(std::move(whole));
  } else {
    end();
  }
}

void ServerCore::await_ack(Message response) {
  ack_key_ = exchange_key(field(response, "Call-ID"), cseq_number(response),
                          tag_of(response.get("From").value_or("")));
  ack_key_ += ' ';
  ack_key_ += tag_of(response.get("To").value_or(""));
  answer_ = std::move(response);
  interval_ = kT1;
  stack_->await_ack(shared_from_this());
  timer_ = stack_->loop().after(interval_, [this] { retransmit(); });
}

void ServerCore::retransmit() {
  const auto keep = shared_from_this();
  waited_ += interval_;
  if (waited_ >= 64 * kT1) {
    stack_->count(kNoAck);
    const auto on_no_ack = callbacks_.on_no_ack;
    end();
    if (on_no_ack) on_no_ack();
    return;
  }
  send(answer_);
  interval_ = std::min<Nanoseconds>(2 * interval_, kT2);
  interval_ = std::min<Nanoseconds>(interval_, 64 * kT1 - waited_);
  timer_ = stack_->loop().after(interval_, [this] { retransmit(); });
}

void ServerCore::on_cancel(msg_t* msg, const sip_t* sip) {
  const auto keep = shared_from_this();
  if (answered_) return;
  Message cancel = from_sofia(msg, sip);
  if (trunk_.dialect != nullptr &&
      trunk_.dialect->receive(cancel).kind == interop::Verdict::Kind::Refuse) {
    return stack_->count(kDialectDropped);
  }
  const auto callback = callbacks_.on_cancel;
  if (callback) {
    callback(cancel);
  } else {
    respond(Message::response(487, std::string(reason_phrase(487))), {});
  }
}

bool ServerCore::on_ack(const Message& ack) {
  const auto keep = shared_from_this();
  const auto callback = callbacks_.on_ack;
  end();
  if (callback) callback(ack);
  return static_cast<bool>(callback);
}

}  // namespace junctor::cp
