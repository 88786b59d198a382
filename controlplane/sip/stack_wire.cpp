// SPDX-License-Identifier: MIT
// The part of the stack that stands before and behind Sofia: its sockets, who is let in, what is noted.
#include <utility>

#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/raw_message.hpp"
#include "controlplane/sip/stack_impl.hpp"
#include "platform/base/assert.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr unsigned kUdpBufferBytes = 4 * 1024 * 1024;
constexpr unsigned kTcpIdleMs = 5 * 60 * 1000;

}  // namespace

Result<void> StackImpl::bind(const ListenerConfig& listener, Transport transport) {
  if (auto possible = try_address(listener.address, transport); !possible) return possible;
  wire_->add_listener(listener);
  const std::string url = route_url({listener.name, transport, listener.address});
  if (nta_agent_add_tport(agent_, reinterpret_cast<const url_string_t*>(url.c_str()),
                          TPTAG_IDENT(listener.name.c_str()), TPTAG_UDP_RMEM(kUdpBufferBytes),
                          TPTAG_UDP_WMEM(kUdpBufferBytes), TPTAG_IDLE(kTcpIdleMs),
                          TPTAG_QUEUESIZE(256), TPTAG_SERVER(1), TAG_END()) == 0) {
    return {};
  }
  return Error{"", "cannot listen on " + listener.address.text() + " (" +
                       std::string(transport_name(transport)) + "): " + su_strerror(su_errno())};
}

void StackImpl::on_open() {
  for (const std::weak_ptr<ClientCore>& early : std::exchange(early_, {}))
    if (const auto core = early.lock()) core->start();
}

SocketAddress StackImpl::listener_address(std::string_view name) const {
  const ListenerConfig* const listener = listeners_.find(name);
  JUNCTOR_ASSERT(listener != nullptr);
  return listener->address;
}

Wire::Hooks StackImpl::wire_hooks() {
  using Peer = Wire::Peer;
  using Text = std::string_view;
  return {[this](const Peer& peer, Text bytes) { return admit(peer, bytes); },
          [this](const Peer& peer, Text message, const RawVerdict& trouble) {
            return admit_message(peer, message, trouble);
          },
          [this](const Peer& peer, Text message) { record(peer, message, false); },
          [this](const Peer& peer, Text message) { record(peer, message, true); }};
}

bool StackImpl::take_stranger_token() {
  if (stranger_tokens_ == 0) {
    count(kStrangerDropped);
    return false;
  }
  --stranger_tokens_;
  return true;
}

// Keep-alives (RFC 5626, 4.4), STUN, SigComp: no method and no status line begins so.
bool StackImpl::is_noise(std::string_view datagram) {
  const std::size_t text = datagram.find_first_not_of("\r\n");
  if (text == std::string_view::npos && datagram.size() <= 8) return true;
  const auto first =
      static_cast<unsigned char>(text == std::string_view::npos ? 0 : datagram[text]);
  if (first > ' ' && first < 0x7f) return false;
  count(kNotSip);
  return true;
}

Wire::Admission StackImpl::admit(const Wire::Peer& peer, std::string_view bytes) {
  const bool is_udp = peer.transport == Transport::Udp;
  if (is_udp && is_noise(bytes)) return {false, {}, {}};
  const bool is_stranger = callbacks_.find_trunk(peer.listener.name, peer.remote).trunk == nullptr;
  if (is_stranger && !take_stranger_token()) return {false, {}, {}};
  return is_udp ? admit_datagram(peer, bytes, is_stranger) : Wire::Admission{};
}

// Sofia drops some requests that want an answer, and answers others at the address that they claim
// to come from.
Wire::Admission StackImpl::admit_datagram(const Wire::Peer& peer, std::string_view bytes,
                                          bool is_stranger) {
  if (bytes.size() > config_.max_message_bytes) {
    count(kTooLarge);
    return {false, {}, {}};
  }
  RawVerdict verdict = raw_check(bytes);
  if (verdict.kind == RawVerdict::Kind::Drop) {
    count(kNotSip);
    return {false, {}, {}};
  }
  if (is_stranger) {
    count(kStrangerRefused);
    if (raw_is_response(bytes)) return {false, {}, {}};
    verdict = {RawVerdict::Kind::Refuse, 403, std::string(reason_phrase(403))};
  } else if (verdict.kind == RawVerdict::Kind::Refuse) {
    count(kMalformed);
  }
  if (verdict.kind == RawVerdict::Kind::Pass) return {};
  if (raw_is_ack(bytes)) return {false, {}, {}};
  return {false,
          raw_answer(bytes, peer.remote, verdict.status, verdict.phrase, config_.server_name),
          raw_answer_to(bytes, peer.remote)};
}

// Of a stream: what Sofia would drop, and what broke the stream.
Wire::Admission StackImpl::admit_message(const Wire::Peer& peer, std::string_view message,
                                         const RawVerdict& trouble) {
  RawVerdict verdict = raw_check(message);
  if (verdict.kind == RawVerdict::Kind::Drop) {
    count(kNotSip);
    return {false, {}, {}};
  }
  if (trouble.kind == RawVerdict::Kind::Refuse) verdict = trouble;
  if (verdict.kind == RawVerdict::Kind::Pass) return {};
  count(verdict.status == 413 ? kTooLarge : kMalformed);
  if (raw_is_response(message) || raw_is_ack(message)) return {false, {}, {}};
  return {false,
          raw_answer(message, peer.remote, verdict.status, verdict.phrase, config_.server_name),
          peer.remote};
}

void StackImpl::record(const Wire::Peer& peer, std::string_view text, bool sent) {
  count(sent ? kSent : kReceived);
  Summary summary = summarize(text);
  if (is_logged(LogLevel::Debug))
    log_debug("sip", sent ? "sent" : "received",
              {{"message", summary.text},
               {"peer", peer.remote.text()},
               {"call_id", std::string(summary.call_id)}});
  trace_.add(TraceEntry{0, loop_.clock().wall(), sent, peer.local,
                        Hop{peer.listener.name, peer.transport, peer.remote},
                        std::string(summary.call_id), std::move(summary.text), std::string(text)});
}

void StackImpl::count_malformed() {
  unsigned bad = 0;
  nta_agent_get_stats(agent_, NTATAG_S_BAD_MESSAGE_REF(bad), TAG_END());
  counters_[kMalformed].add(bad - std::exchange(malformed_, bad));
}

}  // namespace junctor::cp
