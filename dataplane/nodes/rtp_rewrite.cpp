// SPDX-License-Identifier: MIT
#include "dataplane/nodes/rtp_rewrite.hpp"

#include <rte_mbuf.h>

#include "dataplane/core/wire.hpp"

namespace junctor::dp {
namespace {

using wire::get;
using wire::put;

// Sum of the addresses of the IP header before the UDP header.
std::uint64_t address_sum(const std::uint8_t* ip, bool v6) {
  if (!v6)
    return static_cast<std::uint64_t>(get<std::uint32_t>(ip + 12)) + get<std::uint32_t>(ip + 16);
  return wire::sum16(ip + 8) + wire::sum16(ip + 24);
}

// Sum of the words that rewrite() changes from the UDP header on: ports and the RTP header.
std::uint64_t changed_sum(const std::uint8_t* udp) {
  return static_cast<std::uint64_t>(get<std::uint32_t>(udp)) + get<std::uint32_t>(udp + 8) +
         get<std::uint32_t>(udp + 12) + get<std::uint32_t>(udp + 16);
}

// Sum of the pseudo header without the addresses (RFC 768; RFC 8200, section 8.1).
std::uint64_t pseudo_sum(const std::uint8_t* udp) {
  return static_cast<std::uint64_t>(get<std::uint16_t>(udp + 4)) + wire::swap(std::uint16_t{17});
}

// Offloads towards virtual devices leave the sum of the pseudo header where the checksum belongs.
bool is_filled_in(std::uint16_t checksum, std::uint64_t addresses, const std::uint8_t* udp) {
  return checksum != 0 && checksum != wire::fold(addresses + pseudo_sum(udp));
}

void write_ip4(std::uint8_t* ip, const FlowHead& head, std::uint16_t udp_length) {
  const std::uint16_t total = wire::swap(static_cast<std::uint16_t>(udp_length + wire::kIp4Header));
  ip[0] = 0x45;
  ip[1] = head.traffic_class;
  put(ip + 2, total);
  put(ip + 4, std::uint16_t{0});
  put(ip + 6, wire::kDontFragment);
  ip[8] = wire::kHopLimit;
  ip[9] = wire::kProtoUdp;
  put(ip + 10, static_cast<std::uint16_t>(~wire::fold(std::uint64_t{head.ip_sum} + total)));
  put(ip + 12, head.from_v4);
  put(ip + 16, head.to_v4);
}

void write_ip6(std::uint8_t* ip, const FlowHead& head, const FlowRare& rare,
               std::uint16_t udp_length) {
  put(ip, wire::swap(0x60000000u | static_cast<std::uint32_t>(head.traffic_class) << 20));
  put(ip + 4, wire::swap(udp_length));
  ip[6] = wire::kProtoUdp;
  ip[7] = wire::kHopLimit;
  std::memcpy(ip + 8, rare.from.data(), 16);
  std::memcpy(ip + 24, rare.to.data(), 16);
}

void write_ethernet(std::uint8_t* frame, const FlowHead& head, bool v6) {
  std::memcpy(frame, head.macs.data(), 12);
  frame += 12;
  if (head.vlan != 0) {
    put(frame, wire::kEtherVlan);
    put(frame + 2, head.vlan);
    frame += wire::kVlanTag;
  }
  put(frame, v6 ? wire::kEtherIp6 : wire::kEtherIp4);
}

// What changes from the UDP header on, as it stands in the packet. Its sum is taken from here, not
// from the packet: a read of what was just written in smaller parts waits for them.
struct NewWords {
  std::uint32_t ports, rtp, timestamp, ssrc;

  NewWords(const std::uint8_t* udp, const FlowHead& head, const RtpOut& out)
      : ports(head.from_port | static_cast<std::uint32_t>(head.to_port) << 16),
        rtp((get<std::uint32_t>(udp + 8) & 0x80ffu) |
            static_cast<std::uint32_t>(out.payload_type) << 8 |
            static_cast<std::uint32_t>(wire::swap(out.sequence)) << 16),
        timestamp(wire::swap(out.timestamp)),
        ssrc(head.ssrc) {}

  std::uint64_t sum() const { return std::uint64_t{ports} + rtp + timestamp + ssrc; }
  void write(std::uint8_t* udp) const {
    put(udp, ports);
    put(udp + 8, rtp);
    put(udp + 12, timestamp);
    put(udp + 16, ssrc);
  }
};

}  // namespace

bool rewrite(rte_mbuf* packet, const PacketState& state, const FlowHead& head,
             const FlowStore& flows, const RtpOut& out) {
  const bool v6 = (head.flags.get() & FlowHead::kOutV6) != 0;
  const unsigned ip_length = v6 ? wire::kIp6Header : wire::kIp4Header;
  const unsigned front = wire::kEtherHeader + (head.vlan != 0 ? wire::kVlanTag : 0) + ip_length;
  if (packet->data_off + state.l4 < front) return false;

  auto* old_frame = rte_pktmbuf_mtod(packet, std::uint8_t*);
  std::uint8_t* udp = old_frame + state.l4;
  const std::uint16_t checksum = get<std::uint16_t>(udp + 6);
  const std::uint64_t old_addresses =
      address_sum(old_frame + state.l3, state.kind == PacketState::Kind::V6);
  const bool fix = is_filled_in(checksum, old_addresses, udp);
  const std::uint64_t old_sum = old_addresses + changed_sum(udp);

  std::uint8_t* ip = udp - ip_length;
  const NewWords words(udp, head, out);
  words.write(udp);
  std::uint64_t new_sum = words.sum();
  if (v6) {
    const FlowRare& rare = flows.rare(state.flow);
    write_ip6(ip, head, rare, state.udp_length);
    new_sum += wire::sum16(rare.from.data()) + wire::sum16(rare.to.data());
  } else {
    write_ip4(ip, head, state.udp_length);
    new_sum += std::uint64_t{head.from_v4} + head.to_v4;
  }
  write_ethernet(udp - front, head, v6);

  // RFC 1624, equation 3; without a good one to start from: none for IPv4, a new one for IPv6,
  // which has to have it.
  std::uint16_t sent = 0;
  if (fix) {
    sent =
        static_cast<std::uint16_t>(~wire::fold(static_cast<std::uint16_t>(~checksum) + new_sum +
                                               static_cast<std::uint16_t>(~wire::fold(old_sum))));
    if (sent == 0) sent = 0xffff;
  } else if (v6) {
    put(udp + 6, std::uint16_t{0});
    sent = static_cast<std::uint16_t>(
        ~wire::fold(address_sum(ip, true) + pseudo_sum(udp) + wire::sum(udp, state.udp_length)));
    if (sent == 0) sent = 0xffff;
  }
  put(udp + 6, sent);

  packet->data_off = static_cast<std::uint16_t>(packet->data_off + state.l4 - front);
  packet->data_len = static_cast<std::uint16_t>(front + state.udp_length);
  packet->pkt_len = packet->data_len;
  packet->ol_flags = 0;
  return true;
}

}  // namespace junctor::dp
