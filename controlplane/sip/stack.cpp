// SPDX-License-Identifier: MIT
#include "controlplane/sip/stack.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "controlplane/dialect/dialect.hpp"
#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/precheck.hpp"
#include "controlplane/sip/stack_impl.hpp"
#include "controlplane/sip/su_loop.hpp"
#include "controlplane/sip/uri.hpp"
#include "platform/base/assert.hpp"
#include "platform/base/random.hpp"

namespace junctor::cp {
namespace {

using interop::Message;

// Requests that wait for an answer of ours, at most: each costs some kilobytes.
constexpr std::size_t kMaxServerTransactions = 20000;
constexpr std::string_view kBranchMark = "z9hG4bKj";

std::uint32_t hash_of(std::string_view text, std::uint64_t key) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ key;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash ^= hash >> 29;
  hash *= 0xbf58476d1ce4e5b9ULL;
  return static_cast<std::uint32_t>(hash >> 32);
}

std::string hex8(std::uint32_t value) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text(8, '0');
  for (std::size_t i = 0; i < 8; ++i) text[7 - i] = kHex[(value >> (4 * i)) & 15];
  return text;
}

// What makes a request come back the same: whom it is for.
std::string_view loop_subject(std::string_view request_uri) {
  const auto uri = Uri::parse(request_uri);
  return uri ? uri->user : request_uri;
}

}  // namespace

int on_nta_message(StackImpl* stack, nta_agent_t*, msg_t* msg, sip_t* sip) {
  stack->on_message(msg, sip);
  return 0;
}

std::string_view transport_name(Transport transport) {
  return transport == Transport::Udp ? "udp" : "tcp";
}

std::string make_token(std::size_t length) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz012345";
  std::string token(length, '\0');
  random_bytes({reinterpret_cast<std::uint8_t*>(token.data()), token.size()});
  for (char& c : token) c = kLetters[static_cast<unsigned char>(c) % kLetters.size()];
  return token;
}

std::string exchange_key(std::string_view call_id, std::uint32_t cseq, std::string_view from_tag) {
  std::string key(call_id);
  ((key += ' ') += std::to_string(cseq)) += ' ';
  return key += from_tag;
}

Result<std::unique_ptr<Stack>> Stack::create(ipc::Loop& loop, const StackConfig& config,
                                             CounterRegistry& counters, Trace& trace,
                                             Callbacks callbacks) {
  JUNCTOR_ASSERT(su_root_of(loop) != nullptr);
  auto stack = std::make_unique<StackImpl>(loop, config, counters, trace, std::move(callbacks));
  if (auto opened = stack->open(); !opened) return opened.error();
  return std::unique_ptr<Stack>(std::move(stack));
}

StackImpl::StackImpl(ipc::Loop& loop, const StackConfig& config, CounterRegistry& registry,
                     Trace& trace, Callbacks callbacks)
    : loop_(loop),
      config_(config),
      registry_(registry),
      trace_(trace),
      callbacks_(std::move(callbacks)),
      listeners_(
          loop, config.listeners,
          [this](const ListenerConfig& listener, Transport transport) {
            return bind(listener, transport);
          },
          [this] { on_open(); }),
      stranger_tokens_(config.stranger_requests_per_second) {
  random_bytes({reinterpret_cast<std::uint8_t*>(&loop_key_), sizeof loop_key_});
  registry_.add("sip", counters_.descriptions(), counters_.values());
}

StackImpl::~StackImpl() {
  while (!clients_.empty()) clients_.begin()->second->close();
  while (!servers_.empty()) (*servers_.begin())->close();
  second_.reset();
  if (agent_ != nullptr) nta_agent_destroy(agent_);
  registry_.remove(counters_.values());
}

Result<void> StackImpl::open() {
  // Sofia's own words are for its developers; what matters is counted here.
  su_log_soft_set_level(nta_log, 0);
  su_log_soft_set_level(tport_log, 0);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): how Sofia is told to open no transport yet
  agent_ = nta_agent_create(su_root_of(loop_), reinterpret_cast<const url_string_t*>(-1),
                            on_nta_message, this, NTATAG_UA(0), NTATAG_MERGE_482(1),
                            NTATAG_CANCEL_487(0), NTATAG_BAD_REQ_MASK(0),
                            NTATAG_SIPFLAGS(MSG_DO_CANONIC | MSG_DO_EXTRACT_COPY),
                            // The wire knows the limit; of a stream it hands on several at once.
                            NTATAG_MAXSIZE(3 * config_.max_message_bytes), NTATAG_UDP_MTU(65535),
                            NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), NTATAG_CLIENT_RPORT(1),
                            // Ours is the caller's final_timeout.
                            NTATAG_TIMER_C(24U * 3600 * 1000), TAG_END());
  if (agent_ == nullptr) return Error{"sip", "cannot start Sofia-SIP's transaction layer"};
  wire_ = std::make_unique<Wire>(config_.max_message_bytes, wire_hooks());
  second_ = loop_.every(Seconds{1}, [this] {
    stranger_tokens_ = config_.stranger_requests_per_second;
    wire_->on_second();
    count_malformed();
  });
  return {};
}

// ---- what nta hands up

Hop StackImpl::hop_of(msg_t* msg) const {
  Hop hop;
  tport_t* tport = tport_delivered_by(nta_agent_tports(agent_), msg);
  const tp_name_t* name = tport_name(tport_parent(tport));
  if (name->tpn_ident != nullptr) hop.listener = name->tpn_ident;
  hop.transport = tport_is_stream(tport) ? Transport::Tcp : Transport::Udp;
  hop.peer = SocketAddress::from_sockaddr(&msg_addr(msg)->su_sa);
  return hop;
}

void StackImpl::on_message(msg_t* msg, sip_t* sip) {
  if (sip->sip_status != nullptr) return on_stray_response(msg, sip);
  on_request_message(msg, sip, hop_of(msg));
}

// Answers without a transaction, as a stateless server does (RFC 3261, 8.2.7).
void StackImpl::refuse(msg_t* msg, const Rejection& rejection) {
  count(rejection.counter);
  const std::string words(rejection.phrase.empty() ? reason_phrase(rejection.status)
                                                   : rejection.phrase);
  const std::string& names = rejection.unsupported;
  nta_msg_treply(agent_, msg, rejection.status, su_strdup(msg_home(msg), words.c_str()),
                 TAG_IF(!names.empty(), SIPTAG_UNSUPPORTED_STR(names.c_str())),
                 SIPTAG_SERVER_STR(config_.server_name.c_str()), TAG_END());
}

// The same to a trunk's peer, in its dialect. What cannot be put into a sound response (the request
// was none) goes as Sofia writes it.
void StackImpl::refuse(msg_t* msg, const Message& request, const TrunkOf& trunk,
                       const Rejection& rejection) {
  Message response = Message::response(rejection.status, rejection.phrase);
  if (!rejection.unsupported.empty()) response.add("Unsupported", rejection.unsupported);
  // The same tag for each retransmission.
  const std::string tag =
      hex8(hash_of(field(request, "Via") + field(request, "Call-ID"), loop_key_));
  Message whole = complete_response(request, std::move(response), tag);
  msg_t* reply = prepare(whole, trunk);
  if (reply == nullptr) return refuse(msg, rejection);
  count(rejection.counter);
  nta_msg_mreply(agent_, reply, sip_object(reply), rejection.status, nullptr, msg, TAG_END());
}

// What is wrong with a request, after its dialect had its say.
std::optional<Rejection> StackImpl::judge(const sip_t* sip, const Message& request,
                                          const TrunkOf& trunk) const {
  if (auto rejection = precheck(sip, request)) return rejection;
  if (sip->sip_request->rq_method == sip_method_cancel) return Rejection{481, {}, kNoTransaction};
  if (!trunk.is_self && is_looped(request)) return Rejection{482, {}, kLoop};
  if (servers_.size() >= kMaxServerTransactions) return Rejection{503, {}, kOverload};
  return std::nullopt;
}

void StackImpl::on_request_message(msg_t* msg, sip_t* sip, const Hop& hop) {
  const TrunkOf trunk = callbacks_.find_trunk(hop.listener, hop.peer);
  const bool is_ack = sip->sip_request->rq_method == sip_method_ack;
  const bool is_in_dialog = sip->sip_to != nullptr && sip->sip_to->a_tag != nullptr;
  if (trunk.trunk == nullptr || (trunk.only_in_dialogs && !is_in_dialog)) {
    if (!is_ack) return refuse(msg, Rejection{403, {}, kStrangerRefused});
    msg_destroy(msg);
    return count(kStrangerRefused);
  }
  if (is_ack) return on_ack(msg, sip, trunk);
  Message message = from_sofia(msg, sip);
  interop::Verdict verdict;
  if (trunk.dialect != nullptr) verdict = trunk.dialect->receive(message);
  if (verdict.kind == interop::Verdict::Kind::Refuse)
    return refuse(msg, message, trunk, Rejection{verdict.status, {}, kDialectRefused});
  if (const auto rejection = judge(sip, message, trunk))
    return refuse(msg, message, trunk, *rejection);
  start_transaction(msg, sip, std::move(message), hop, trunk);
}

void StackImpl::start_transaction(msg_t* msg, sip_t* sip, Message message, const Hop& hop,
                                  const TrunkOf& trunk) {
  const bool is_invite = sip->sip_request->rq_method == sip_method_invite;
  nta_incoming_t* incoming = nta_incoming_create(agent_, nullptr, msg, sip, TAG_END());
  if (incoming == nullptr) return count(kOverload);
  auto core = std::make_shared<ServerCore>(*this, incoming, std::move(message), hop, trunk);
  servers_.insert(core.get());
  if (is_invite) core->respond(Message::response(100, "Trying"), {});
  callbacks_.on_request(std::make_unique<ServerTransactionImpl>(std::move(core)));
}

void StackImpl::on_ack(msg_t* msg, sip_t* sip, const TrunkOf& trunk) {
  Message ack = from_sofia(msg, sip);
  msg_destroy(msg);
  if (trunk.dialect != nullptr &&
      trunk.dialect->receive(ack).kind == interop::Verdict::Kind::Refuse) {
    return count(kDialectDropped);
  }
  std::string key = exchange_key(ack.get("Call-ID").value_or(""), cseq_number(ack),
                                 tag_of(ack.get("From").value_or("")));
  key += ' ';
  key += tag_of(ack.get("To").value_or(""));
  if (const auto it = awaiting_ack_.find(key); it != awaiting_ack_.end()) {
    const std::shared_ptr<ServerCore> core = it->second;
    if (core->on_ack(ack)) return;
  }
  count(kStrayAck);
  if (callbacks_.on_stray_ack) callbacks_.on_stray_ack(ack, trunk.trunk);
}

void StackImpl::on_stray_response(msg_t* msg, sip_t* sip) {
  std::shared_ptr<ClientCore> core;
  const std::string key = exchange_key(sip->sip_call_id->i_id, sip->sip_cseq->cs_seq,
                                       sip->sip_from->a_tag == nullptr ? "" : sip->sip_from->a_tag);
  const auto [first, last] = clients_.equal_range(key);
  for (auto it = first; it != last && core == nullptr; ++it) {
    if (it->second->request().message.method() == sip->sip_cseq->cs_method_name) core = it->second;
  }
  if (core != nullptr) {
    core->on_response(msg, sip);
  } else {
    count(kStrayResponse);
    if (sip->sip_cseq->cs_method == sip_method_invite && sip->sip_status->st_status / 100 == 2)
      pass_stray_answer(msg, sip);
  }
  msg_destroy(msg);
}

void StackImpl::pass_stray_answer(msg_t* msg, sip_t* sip) {
  const Hop hop = hop_of(msg);
  const TrunkOf trunk = callbacks_.find_trunk(hop.listener, hop.peer);
  if (trunk.trunk == nullptr || !callbacks_.on_stray_answer) return;
  Message answer = from_sofia(msg, sip);
  if (trunk.dialect != nullptr &&
      trunk.dialect->receive(answer).kind == interop::Verdict::Kind::Refuse) {
    return count(kDialectDropped);
  }
  callbacks_.on_stray_answer(answer);
}

// A Via of ours that marks the same subject: the request took a turn and came back unchanged (RFC
// 3261, 16.3, 4). One whose Request-URI was changed on the way is a spiral and may pass.
bool StackImpl::is_looped(const Message& message) const {
  const std::string mark = hex8(hash_of(loop_subject(message.request_uri()), loop_key_));
  for (std::string_view via : message.get_all("Via")) {
    const std::size_t at = via.find(kBranchMark);
    if (at != std::string_view::npos && via.substr(at + kBranchMark.size(), 8) == mark) return true;
  }
  return false;
}

std::string StackImpl::make_branch(std::string_view request_uri) const {
  return std::string(kBranchMark) + hex8(hash_of(loop_subject(request_uri), loop_key_)) +
         make_token();
}

// ---- what the callers hand down

void StackImpl::complete(Message& message) const {
  if (message.is_request()) {
    if (!message.has("Max-Forwards")) message.set("Max-Forwards", "70");
    if (!message.has("User-Agent") && message.method() != "ACK" && message.method() != "CANCEL") {
      message.set("User-Agent", config_.server_name);
    }
  } else if (message.status() > 100 && !message.has("Server")) {
    message.set("Server", config_.server_name);
  }
}

msg_t* StackImpl::prepare(Message& message, const TrunkOf& trunk) {
  if (trunk.dialect != nullptr &&
      trunk.dialect->send(message).kind == interop::Verdict::Kind::Refuse) {
    count(kDialectRefused);
    return nullptr;
  }
  complete(message);
  msg_t* msg = nta_msg_create(agent_, 0);
  if (msg != nullptr && to_sofia(message, msg)) return msg;
  count(kBadOutput);
  if (msg != nullptr) msg_destroy(msg);
  return nullptr;
}

std::unique_ptr<ClientTransaction> StackImpl::send(
    Request request, std::function<void(const Response&)> on_response) {
  auto core = std::make_shared<ClientCore>(*this, std::move(request), std::move(on_response));
  add(core);
  core->start();
  return std::make_unique<ClientTransactionImpl>(std::move(core));
}

void StackImpl::send_ack(Request request) { send_stateless(request); }

bool StackImpl::send_stateless(Request& request) {
  if (!listeners_.is_open(request.hop)) {
    count(kTransportFailed);
    return false;
  }
  const std::string branch = make_branch(request.message.request_uri());
  msg_t* msg = prepare(request.message, request.trunk);
  if (msg == nullptr) return false;
  const std::string route = route_url(request.hop);
  if (nta_outgoing_mcreate(agent_, nullptr, nullptr,
                           reinterpret_cast<const url_string_t*>(route.c_str()), msg,
                           NTATAG_STATELESS(1), NTATAG_BRANCH_KEY(branch.c_str()),
                           TPTAG_IDENT(request.hop.listener.c_str()), TAG_END()) != nullptr) {
    return true;
  }
  msg_destroy(msg);
  count(kTransportFailed);
  return false;
}

void StackImpl::end_unwanted(const ClientCore& core, const Message& answer) {
  std::vector<std::string> routes = split_values(answer, "Record-Route");
  std::reverse(routes.begin(), routes.end());
  const Stack::Request& invite = core.request();
  const std::vector<std::string> contacts = split_values(answer, "Contact");
  const std::string target = contacts.empty() ? invite.message.request_uri() : contacts.front();
  const auto make = [&](const char* method, std::uint32_t cseq) {
    Message message = Message::request(method, invite.message.request_uri());
    for (const char* name : {"From", "Call-ID"}) message.add(name, field(invite.message, name));
    message.add("To", field(answer, "To"));
    message.add("CSeq", std::to_string(cseq) + ' ' + method);
    apply_route_set(message, routes, target);
    return Request{std::move(message), next_hop(invite.hop, routes, target), invite.trunk};
  };
  const std::uint32_t cseq = cseq_number(invite.message);
  Request ack = make("ACK", cseq);
  send_stateless(ack);
  send(make("BYE", cseq + 1), nullptr);
}

void StackImpl::add(std::shared_ptr<ClientCore> core) {
  const std::string& key = core->key();
  clients_.emplace(key, std::move(core));
}

void StackImpl::remove(const ClientCore& core) {
  const auto [first, last] = clients_.equal_range(core.key());
  for (auto it = first; it != last; ++it) {
    if (it->second.get() != &core) continue;
    clients_.erase(it);
    return;
  }
}

void StackImpl::await_ack(std::shared_ptr<ServerCore> core) {
  const std::string& key = core->ack_key();
  awaiting_ack_.insert_or_assign(key, std::move(core));
}

void StackImpl::remove(const ServerCore& core) {
  servers_.erase(const_cast<ServerCore*>(&core));
  const auto it = awaiting_ack_.find(core.ack_key());
  if (it != awaiting_ack_.end() && it->second.get() == &core) awaiting_ack_.erase(it);
}

}  // namespace junctor::cp
