// SPDX-License-Identifier: MIT
// ServerCore: what of a server transaction must outlive the object that the caller holds: the 2xx
// of an INVITE is retransmitted until its ACK comes (RFC 3261, 13.3.1.4), whoever still cares.
//
//   Proceeding --final, not 2xx to INVITE--> over (nta retransmits and absorbs the ACK)
//              --2xx to INVITE--> AwaitingAck --ACK or 64*T1--> over
//
// Threads   the loop's.
// Lifetime  shared by the caller's handle and, while an ACK is awaited, the stack.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controlplane/sip/sofia.hpp"
#include "controlplane/sip/stack.hpp"

namespace junctor::cp {

class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(StackImpl& stack, nta_incoming_t* incoming, interop::Message request, Hop hop,
             TrunkOf trunk);
  ~ServerCore();
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;

  void respond(interop::Message response, std::string_view to_tag);
  // The handle is gone.
  void abandon();
  // nta says so.
  void on_cancel(msg_t* msg, const sip_t* sip);
  // The stack found the ACK of the 2xx. Returns whether somebody heard it.
  bool on_ack(const interop::Message& ack);
  // The stack is going.
  void close();

  const interop::Message& request() const { return request_; }
  const Hop& hop() const { return hop_; }
  const TrunkOf& trunk() const { return trunk_; }
  bool is_answered() const { return answered_; }
  bool is_invite() const { return request_.method() == "INVITE"; }
  const std::string& ack_key() const { return ack_key_; }
  void set_callbacks(ServerTransaction::Callbacks callbacks) { callbacks_ = std::move(callbacks); }

 private:
  bool send(const interop::Message& response);
  void await_ack(interop::Message response);
  void retransmit();
  void end();

  // Given.
  StackImpl* stack_;
  TrunkOf trunk_;
  // Owned.
  nta_incoming_t* incoming_;
  interop::Message request_;
  Hop hop_;
  ServerTransaction::Callbacks callbacks_;
  // State.
  bool answered_ = false;
  std::string ack_key_;
  interop::Message answer_ = interop::Message::response(200, "OK");  // while its ACK is awaited
  Nanoseconds interval_{0}, waited_{0};
  ipc::HandlePtr timer_;
};

// A response with what it takes from its request (RFC 3261, 8.2.6.2); to_tag is put on To where it
// has none, one of our own if it is "".
interop::Message complete_response(const interop::Message& request, interop::Message response,
                                   std::string_view to_tag);

// What the caller holds.
class ServerTransactionImpl final : public ServerTransaction {
 public:
  explicit ServerTransactionImpl(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}
  ~ServerTransactionImpl() override { core_->abandon(); }
  const interop::Message& request() const override { return core_->request(); }
  const Hop& hop() const override { return core_->hop(); }
  void* trunk() const override { return core_->trunk().trunk; }
  void set_callbacks(Callbacks callbacks) override { core_->set_callbacks(std::move(callbacks)); }
  void respond(interop::Message response, std::string_view to_tag) override {
    // A callback that the response sets off may end this object.
    const auto keep = core_;
    keep->respond(std::move(response), to_tag);
  }
  bool is_answered() const override { return core_->is_answered(); }

 private:
  std::shared_ptr<ServerCore> core_;
};

}  // namespace junctor::cp
