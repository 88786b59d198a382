// SPDX-License-Identifier: MIT
// ClientCore: what of a client transaction must outlive the object that the caller holds: CANCEL
// waits for a provisional response, and an INVITE may be answered with 2xx for 64*T1 after all was
// over.
//
//   Calling --1xx--> Proceeding --final--> [INVITE: Lingering, 32 s] --> over
//      `--cancel(), timeouts--> as before, but unheard, with CANCEL at the first 1xx
//
// Threads   the loop's.
// Lifetime  kept by the stack until it is over; the caller's handle shares it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controlplane/sip/sip_counters.hpp"
#include "controlplane/sip/sofia.hpp"
#include "controlplane/sip/stack.hpp"

namespace junctor::cp {

class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(StackImpl& stack, Stack::Request request,
             std::function<void(const Response&)> on_response);
  ~ClientCore();
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  void start();  // again, if its listener waited
  void cancel(std::string_view reason);
  void abandon();
  // From nta, or a response that matches us and no transaction of nta's.
  void on_response(const msg_t* msg, const sip_t* sip);
  // The stack is going.
  void close();

  const std::string& key() const { return key_; }
  const Stack::Request& request() const { return request_; }
  bool is_invite() const { return request_.message.method() == "INVITE"; }

 private:
  enum class State : std::uint8_t { Calling, Proceeding, Lingering, Over };

  void on_provisional(const interop::Message& message);
  void on_final(const interop::Message& message, bool local);
  void fail(std::uint16_t status, SipCounter counter);
  void deliver(const interop::Message& message, bool local);
  void send_cancel();
  void on_response_timeout();
  void on_final_timeout();
  void wait_for_listener();
  void linger();
  void end();

  // Given.
  StackImpl* stack_;
  // Owned.
  Stack::Request request_;
  std::function<void(const Response&)> on_response_;
  nta_outgoing_t* outgoing_ = nullptr;
  // State.
  State state_ = State::Calling;
  bool cancel_wanted_ = false;
  bool cancel_sent_ = false;
  bool told_ = false;      // a final response was given to the caller
  bool answered_ = false;  // with a 2xx
  std::string branch_;
  std::string key_;
  std::string reason_;
  ipc::HandlePtr response_timer_, final_timer_, over_timer_;
};

class ClientTransactionImpl final : public ClientTransaction {
 public:
  explicit ClientTransactionImpl(std::shared_ptr<ClientCore> core) : core_(std::move(core)) {}
  ~ClientTransactionImpl() override { core_->abandon(); }
  void cancel(std::string_view reason) override {
    const auto keep = core_;
    keep->cancel(reason);
  }

 private:
  std::shared_ptr<ClientCore> core_;
};

}  // namespace junctor::cp
