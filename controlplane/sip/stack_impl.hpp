// SPDX-License-Identifier: MIT
// StackImpl: the stack on an nta agent. Not for other folders.
//
//   Wire (before Sofia) -> nta -> on_message() -> [trunk?] -> [dialect] -> [checks] -> ServerCore
//   -> on_request send() -> [dialect] -> ClientCore -> nta -> Wire
//
// nta runs as a proxy does: it leaves 2xx of INVITE, their ACK and their retransmissions to us
// (server_transaction.cpp, client_transaction.cpp), so that dialogs restored after a restart and
// forked answers need no leg of nta's.
//
// Threads   the loop's.
// Lifetime  cores live in the maps below until their transaction is over; handles given out share
//           them.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controlplane/sip/client_transaction.hpp"
#include "controlplane/sip/listeners.hpp"
#include "controlplane/sip/precheck.hpp"
#include "controlplane/sip/server_transaction.hpp"
#include "controlplane/sip/sip_counters.hpp"
#include "controlplane/sip/sofia.hpp"
#include "controlplane/sip/stack.hpp"
#include "controlplane/sip/trace.hpp"
#include "controlplane/sip/wire.hpp"

namespace junctor::cp {

class StackImpl final : public Stack {
 public:
  StackImpl(ipc::Loop& loop, const StackConfig& config, CounterRegistry& registry, Trace& trace,
            Callbacks callbacks);
  ~StackImpl() override;
  Result<void> open();

  std::unique_ptr<ClientTransaction> send(
      Request request, std::function<void(const Response&)> on_response) override;
  void send_ack(Request request) override;
  SocketAddress listener_address(std::string_view listener) const override;
  bool has_listener(std::string_view name) const override {
    return listeners_.find(name) != nullptr;
  }
  void listen() override { listeners_.listen(); }
  bool is_listening(const Hop& hop) const override { return listeners_.is_open(hop); }
  bool may_set_listeners(const std::vector<ListenerConfig>& listeners) const override {
    return listeners_.may_set(listeners);
  }
  void set_listeners(const std::vector<ListenerConfig>& listeners) override {
    listeners_.set(listeners);
  }
  std::vector<Waiting> waiting() const override { return listeners_.waiting(); }

  // For the cores.
  ipc::Loop& loop() { return loop_; }
  nta_agent_t* agent() { return agent_; }
  void count(SipCounter counter) { counters_[counter].add(); }
  // Through the dialect, completed and made Sofia's; nullptr if the dialect refuses it or it is no
  // sound SIP.
  msg_t* prepare(interop::Message& message, const TrunkOf& trunk);
  // Sends a request that has no transaction of ours.
  bool send_stateless(Request& request);
  std::string make_branch(std::string_view request_uri) const;

  void add(std::shared_ptr<ClientCore> core);
  void remove(const ClientCore& core);
  // Starts it again when a listener was opened.
  void await_listener(std::weak_ptr<ClientCore> core) { early_.push_back(std::move(core)); }
  void await_ack(std::shared_ptr<ServerCore> core);
  void remove(const ServerCore& core);
  // A 2xx of an INVITE that nobody wants any more: ACK, then BYE.
  void end_unwanted(const ClientCore& core, const interop::Message& answer);

 private:
  friend int on_nta_message(StackImpl*, nta_agent_t*, msg_t*, sip_t*);
  void on_message(msg_t* msg, sip_t* sip);
  void on_request_message(msg_t* msg, sip_t* sip, const Hop& hop);
  void on_stray_response(msg_t* msg, sip_t* sip);
  void pass_stray_answer(msg_t* msg, sip_t* sip);
  void on_ack(msg_t* msg, sip_t* sip, const TrunkOf& trunk);
  void start_transaction(msg_t* msg, sip_t* sip, interop::Message message, const Hop& hop,
                         const TrunkOf& trunk);
  void refuse(msg_t* msg, const Rejection& rejection);
  void refuse(msg_t* msg, const interop::Message& request, const TrunkOf& trunk,
              const Rejection& rejection);
  std::optional<Rejection> judge(const sip_t* sip, const interop::Message& request,
                                 const TrunkOf& trunk) const;
  Result<void> bind(const ListenerConfig& listener, Transport transport);
  void on_open();
  Hop hop_of(msg_t* msg) const;
  bool is_looped(const interop::Message& message) const;
  void complete(interop::Message& message) const;
  Wire::Hooks wire_hooks();
  Wire::Admission admit(const Wire::Peer& peer, std::string_view bytes);
  Wire::Admission admit_datagram(const Wire::Peer& peer, std::string_view bytes, bool is_stranger);
  Wire::Admission admit_message(const Wire::Peer& peer, std::string_view message,
                                const RawVerdict& trouble);
  bool is_noise(std::string_view datagram);
  void record(const Wire::Peer& peer, std::string_view text, bool sent);
  bool take_stranger_token();
  void count_malformed();

  // Given.
  ipc::Loop& loop_;
  StackConfig config_;
  CounterRegistry& registry_;
  Trace& trace_;
  Callbacks callbacks_;
  // Owned.
  SipCounterSet counters_{kSipCounters};
  std::unique_ptr<Wire> wire_;
  Listeners listeners_;
  nta_agent_t* agent_ = nullptr;
  ipc::HandlePtr second_;
  // State.
  std::uint64_t loop_key_ = 0;  // of the mark in our branches
  std::uint32_t stranger_tokens_ =
      0;                    // requests of strangers that may still be read in this second
  unsigned malformed_ = 0;  // as nta counted at the last look
  std::unordered_map<std::string, std::shared_ptr<ServerCore>>
      awaiting_ack_;  // by ServerCore::ack_key()
  std::unordered_multimap<std::string, std::shared_ptr<ClientCore>>
      clients_;                                   // by ClientCore::key()
  std::set<ServerCore*> servers_;                 // without a final response, or waiting for ACK
  std::vector<std::weak_ptr<ClientCore>> early_;  // whose listener was not open
};

// "callid cseq fromtag": what a response has in common with its request.
std::string exchange_key(std::string_view call_id, std::uint32_t cseq, std::string_view from_tag);

}  // namespace junctor::cp
