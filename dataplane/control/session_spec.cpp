// SPDX-License-Identifier: MIT
#include "dataplane/control/session_spec.hpp"

#include <algorithm>
#include <bitset>
#include <utility>

namespace junctor::dp {
namespace {

constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxEncodingBytes = 32;
constexpr std::size_t kMaxFormatBytes = 512;
constexpr std::size_t kMaxCnameBytes = 255;
constexpr std::uint32_t kMaxClockRate = 384'000;

Error refuse(std::string sentence) { return {"", std::move(sentence)}; }

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// An address of a peer, or none: 0.0.0.0 says "nowhere", as old hold does.
Result<SocketAddress> read_peer(const api::SocketAddress& message, Family family,
                                const std::string& what) {
  const IpAddress ip = IpAddress::from_bytes(as_bytes(message.ip()));
  if (!ip) return refuse(what + " is no IPv4 or IPv6 address");
  if (ip.family() != family) return refuse(what + " is of another family than the local address");
  if (ip.is_unspecified()) return SocketAddress{};
  if (ip.is_multicast()) return refuse(what + " is a multicast address");
  if (message.port() == 0 || message.port() > 65535) {
    return refuse(what + " has port " + std::to_string(message.port()) +
                  ", which is outside 1..65535");
  }
  return SocketAddress{ip, static_cast<std::uint16_t>(message.port())};
}

Result<SocketAddress> read_local(const api::Leg& leg, const std::string& what) {
  const IpAddress ip = IpAddress::from_bytes(as_bytes(leg.local().ip()));
  const std::uint32_t port = leg.local().port();
  if (!ip || ip.is_unspecified() || ip.is_multicast()) {
    return refuse(what + "local is no unicast address");
  }
  if (port == 0 || port > 65535) {
    return refuse(what + "local port " + std::to_string(port) + " is outside 1..65535");
  }
  if (!leg.rtcp_mux() && port % 2 != 0) {
    return refuse(what + "local port " + std::to_string(port) + " is odd, without rtcp_mux");
  }
  return SocketAddress{ip, static_cast<std::uint16_t>(port)};
}

Result<Payload> read_payload(const api::PayloadType& message, const std::string& what) {
  const std::string name = what + "payload type " + std::to_string(message.number());
  if (message.number() > 127) return refuse(name + " is outside 0..127");
  if (message.encoding().empty() || message.encoding().size() > kMaxEncodingBytes) {
    return refuse(name + " has no encoding of 1 to 32 octets");
  }
  if (message.clock_rate() == 0 || message.clock_rate() > kMaxClockRate) {
    return refuse(name + " has the clock rate " + std::to_string(message.clock_rate()) +
                  ", which is outside 1..384000");
  }
  if (message.channels() > 255) return refuse(name + " has more than 255 channels");
  if (message.format().size() > kMaxFormatBytes) {
    return refuse(name + " has a format of more than 512 octets");
  }
  return Payload{static_cast<std::uint8_t>(message.number()),
                 static_cast<std::uint8_t>(std::max(1U, message.channels())), message.clock_rate(),
                 upper(message.encoding()), message.format()};
}

Result<PayloadList> read_payloads(const api::Leg& leg, const std::string& what) {
  PayloadList list;
  std::bitset<128> seen;
  for (const api::PayloadType& message : leg.payload_types()) {
    Result<Payload> payload = read_payload(message, what);
    if (!payload) return payload.error();
    if (seen.test(payload->number)) {
      return refuse(what + "payload type " + std::to_string(payload->number) + " is there twice");
    }
    // On one port, 64..95 cannot be told from RTCP (RFC 5761, section 4).
    if (leg.rtcp_mux() && payload->number >= 64 && payload->number <= 95) {
      return refuse(what + "payload type " + std::to_string(payload->number) +
                    " looks like RTCP, with rtcp_mux");
    }
    seen.set(payload->number);
    list.push_back(std::move(*payload));
  }
  if (list.empty()) return refuse(what + "there is no payload type");
  return list;
}

Result<LegSpec> read_leg(const api::Leg& message, unsigned index, PayloadLists& lists) {
  const std::string what = "leg " + std::to_string(index) + ": ";
  LegSpec leg;
  Result<SocketAddress> local = read_local(message, what);
  if (!local) return local.error();
  leg.local = *local;
  if (message.has_remote()) {
    Result<SocketAddress> remote =
        read_peer(message.remote(), leg.local.ip.family(), what + "remote");
    if (!remote) return remote.error();
    leg.remote = *remote;
  }
  if (message.has_remote_rtcp()) {
    Result<SocketAddress> remote =
        read_peer(message.remote_rtcp(), leg.local.ip.family(), what + "remote_rtcp");
    if (!remote) return remote.error();
    leg.remote_rtcp = *remote;
  }
  if (message.dscp() > 63) {
    return refuse(what + "DSCP " + std::to_string(message.dscp()) + " is outside 0..63");
  }
  if (message.ssrc() == 0) return refuse(what + "the SSRC is 0");
  if (message.cname().size() > kMaxCnameBytes) {
    return refuse(what + "the CNAME is longer than 255 octets");
  }
  if (!api::SourceRule_IsValid(message.source())) {
    return refuse(what + "the source rule is unknown");
  }
  Result<PayloadList> payloads = read_payloads(message, what);
  if (!payloads) return payloads.error();
  leg.payloads = lists.intern(std::move(*payloads));
  leg.ssrc = message.ssrc();
  leg.learn = message.learn();
  leg.dscp = static_cast<std::uint8_t>(message.dscp());
  leg.rtcp_mux = message.rtcp_mux();
  leg.receive = message.receive();
  leg.send = message.send();
  leg.may_learn = message.source() != api::SIGNALLED;
  leg.cname = message.cname();
  return leg;
}

Result<EndpointSpec> read_endpoint(const api::Endpoint& message, const SessionSpec& session) {
  if (session.leg_count != 1) return refuse("an endpoint talks on one leg, not on two");
  if (session.legs[0].g711() == nullptr) return refuse("an endpoint speaks PCMU or PCMA alone");
  if (int{message.echo()} + int{message.has_tone()} + int{message.listen()} != 1) {
    return refuse("an endpoint sends a tone or an echo, or listens alone");
  }
  EndpointSpec out;
  out.is_echo = message.echo();
  out.is_listening = message.listen();
  if (!message.has_tone()) return out;
  const api::Tone& tone = message.tone();
  if (tone.frequency_hz() < 200 || tone.frequency_hz() > 3400) {
    return refuse("the tone of " + std::to_string(tone.frequency_hz()) +
                  " Hz is outside 200..3400");
  }
  if (tone.level_dbm0() < -60 || tone.level_dbm0() > 0) {
    return refuse("the level of " + std::to_string(tone.level_dbm0()) + " dBm0 is outside -60..0");
  }
  out.frequency_hz = static_cast<std::uint16_t>(tone.frequency_hz());
  out.level_dbm0 = static_cast<std::int16_t>(tone.level_dbm0());
  return out;
}

}  // namespace

std::string Payload::text() const {
  std::string out = encoding + "/" + std::to_string(clock_rate);
  if (channels > 1) out += "/" + std::to_string(channels);
  return out;
}

PayloadListPtr PayloadLists::intern(PayloadList list) {
  if (const auto found = lists_.find(list); found != lists_.end()) {
    if (PayloadListPtr alive = found->second.lock()) return alive;
  }
  if (lists_.size() >= purge_at_) {
    std::erase_if(lists_, [](const auto& entry) { return entry.second.expired(); });
    purge_at_ = std::max<std::size_t>(64, 2 * lists_.size());
  }
  auto made = std::make_shared<const PayloadList>(list);
  lists_[std::move(list)] = made;
  return made;
}

const Payload* LegSpec::payload(std::uint8_t number) const {
  for (const Payload& each : *payloads) {
    if (each.number == number) return &each;
  }
  return nullptr;
}

const Payload* LegSpec::g711() const {
  const auto found = std::find_if(payloads->begin(), payloads->end(),
                                  [](const Payload& each) { return each.is_g711(); });
  return found == payloads->end() ? nullptr : &*found;
}

Result<SessionSpec> read_session(const api::Session& message, PayloadLists& lists) {
  if (message.id().empty() || message.id().size() > kMaxIdBytes) {
    return refuse("the id is not of 1 to 64 octets");
  }
  if (message.legs_size() < 1 || message.legs_size() > 2) {
    return refuse("a session has one leg or two, not " + std::to_string(message.legs_size()));
  }
  SessionSpec spec;
  spec.id = message.id();
  spec.generation = message.generation();
  spec.on_hold = message.on_hold();
  spec.timeout_s = message.timeout_s();
  spec.leg_count = static_cast<std::uint8_t>(message.legs_size());
  for (unsigned i = 0; i < spec.leg_count; ++i) {
    Result<LegSpec> leg = read_leg(message.legs(static_cast<int>(i)), i, lists);
    if (!leg) return leg.error();
    spec.legs[i] = std::move(*leg);
  }
  if (message.has_endpoint()) {
    Result<EndpointSpec> endpoint = read_endpoint(message.endpoint(), spec);
    if (!endpoint) return endpoint.error();
    spec.endpoint = *endpoint;
  }
  return spec;
}

SocketAddress media_target(const LegSpec& leg, const SocketAddress& learned) {
  return leg.may_learn && learned ? learned : leg.remote;
}

std::array<std::uint8_t, 128> payload_map(const PayloadList& from, const PayloadList& to) {
  std::array<std::uint8_t, 128> map;
  map.fill(kNoPayloadType);
  for (const Payload& in : from) {
    const auto out =
        std::find_if(to.begin(), to.end(), [&in](const Payload& p) { return in.is_same_codec(p); });
    if (out != to.end()) map[in.number] = out->number;
  }
  return map;
}

FlowTemplate make_flow(const SessionSpec& session, unsigned index, const SocketAddress& target,
                       const std::optional<NextHop>& next_hop) {
  const LegSpec& in = session.legs[index];
  FlowTemplate flow;
  flow.local = in.local;
  flow.rtcp_mux = in.rtcp_mux;
  flow.expected = in.remote;
  flow.may_learn = in.may_learn;
  flow.learn = in.learn;
  flow.receive = false;
  for (const Payload& payload : *in.payloads) flow.clock_rate[payload.number] = payload.clock_rate;
  if (session.endpoint) {
    flow.receive = in.receive;
    flow.to_control = true;
  }
  if (session.leg_count == 2) {
    const LegSpec& out = session.legs[1 - index];
    flow.receive = in.receive && out.send;
    flow.out = FlowTemplate::Out{
        out.local, target, out.dscp, out.ssrc, payload_map(*in.payloads, *out.payloads), next_hop};
  }
  return flow;
}

api::SocketAddress to_message(const SocketAddress& address) {
  api::SocketAddress out;
  const Bytes ip = address.ip.bytes();
  out.set_ip(ip.data(), ip.size());
  out.set_port(address.port);
  return out;
}

}  // namespace junctor::dp
