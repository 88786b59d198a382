// SPDX-License-Identifier: MIT
#include "dataplane/nodes/test_frames.hpp"

#include <algorithm>

#include "platform/base/bytes.hpp"

namespace junctor::dp::test {
namespace {

void append16(Frame& frame, std::uint32_t value) {
  frame.push_back(static_cast<std::uint8_t>(value >> 8));
  frame.push_back(static_cast<std::uint8_t>(value));
}
void append32(Frame& frame, std::uint32_t value) {
  append16(frame, value >> 16);
  append16(frame, value);
}
void append(Frame& frame, Bytes bytes) { frame.insert(frame.end(), bytes.begin(), bytes.end()); }

// RFC 1071, by the book: 16 bits at a time, in network order. Not inverted.
std::uint16_t sum(Bytes bytes) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    total += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

Frame pseudo_header(const IpAddress& from, const IpAddress& to, std::size_t length) {
  Frame pseudo;
  append(pseudo, from.bytes());
  append(pseudo, to.bytes());
  append16(pseudo, 17);
  append16(pseudo, static_cast<std::uint32_t>(length));
  return pseudo;
}

Frame udp_datagram(const Udp& packet, const SocketAddress& from, const SocketAddress& to) {
  Frame datagram;
  append16(datagram, from.port);
  append16(datagram, to.port);
  append16(datagram, static_cast<std::uint32_t>(8 + packet.payload.size()));
  append16(datagram, 0);
  append(datagram, packet.payload);
  Frame whole = pseudo_header(from.ip, to.ip, datagram.size());
  if (packet.checksum == Udp::Checksum::Partial) {
    store_be16(&datagram[6], sum(whole));
  } else if (packet.checksum == Udp::Checksum::Good) {
    append(whole, datagram);
    const auto checksum = static_cast<std::uint16_t>(~sum(whole));
    store_be16(&datagram[6], checksum == 0 ? std::uint16_t{0xffff} : checksum);
  }
  return datagram;
}

Frame ip4(const Udp& packet, const SocketAddress& from, const SocketAddress& to, Bytes datagram) {
  const std::uint32_t header = packet.options ? 24 : 20;
  Frame ip{static_cast<std::uint8_t>(0x40 | header / 4), 0};
  append16(ip, static_cast<std::uint32_t>(header + datagram.size()));
  append16(ip, 7);
  append16(ip, packet.fragment);
  append16(ip, 30 << 8 | 17);
  append16(ip, 0);
  append(ip, from.ip.bytes());
  append(ip, to.ip.bytes());
  if (packet.options) append32(ip, 0x01010100);
  store_be16(&ip[10], static_cast<std::uint16_t>(~sum(ip)));
  append(ip, datagram);
  return ip;
}

Frame ip6(const SocketAddress& from, const SocketAddress& to, Bytes datagram) {
  Frame ip;
  append32(ip, 0x60000000);
  append16(ip, static_cast<std::uint32_t>(datagram.size()));
  append16(ip, 17 << 8 | 30);
  append(ip, from.ip.bytes());
  append(ip, to.ip.bytes());
  append(ip, datagram);
  return ip;
}

struct Layers {
  Bytes ip, datagram;
  IpAddress from, to;
  bool v6 = false;
};

Layers layers_of(const Frame& frame) {
  Layers layers;
  const std::size_t l3 = load_be16(&frame[12]) == 0x8100 ? 18 : 14;
  layers.v6 = load_be16(&frame[l3 - 2]) == 0x86dd;
  layers.ip = Bytes(frame).subspan(l3);
  const std::size_t header = layers.v6 ? 40 : (layers.ip[0] & 15u) * 4u;
  layers.datagram = layers.ip.subspan(header);
  layers.from =
      IpAddress::from_bytes(layers.v6 ? layers.ip.subspan(8, 16) : layers.ip.subspan(12, 4));
  layers.to =
      IpAddress::from_bytes(layers.v6 ? layers.ip.subspan(24, 16) : layers.ip.subspan(16, 4));
  return layers;
}

}  // namespace

Frame rtp(const Rtp& header) {
  Frame frame{header.first, header.payload_type};
  append16(frame, header.sequence);
  append32(frame, header.timestamp);
  append32(frame, header.ssrc);
  for (std::size_t i = 0; i < header.payload; ++i)
    frame.push_back(static_cast<std::uint8_t>(i * 7));
  return frame;
}

Frame udp(const Udp& packet) {
  const auto from = *SocketAddress::parse(packet.from), to = *SocketAddress::parse(packet.to);
  Frame frame;
  append(frame, packet.mac);
  append(frame, kPeerMac);
  if (packet.vlan != 0) {
    append16(frame, 0x8100);
    append16(frame, packet.vlan);
  }
  append16(frame, from.ip.is_v6() ? 0x86dd : 0x0800);
  const Frame datagram = udp_datagram(packet, from, to);
  append(frame, from.ip.is_v6() ? ip6(from, to, datagram) : ip4(packet, from, to, datagram));
  frame.insert(frame.end(), packet.padding, std::uint8_t{0x55});
  return frame;
}

std::string flaw_of(const Frame& frame) {
  const Layers layers = layers_of(frame);
  const std::size_t header = layers.ip.size() - layers.datagram.size();
  if (layers.v6) {
    if (load_be16(&layers.ip[4]) != layers.datagram.size()) return "IPv6 payload length";
  } else {
    if (load_be16(&layers.ip[2]) != layers.ip.size()) return "IPv4 total length";
    if (sum(layers.ip.first(header)) != 0xffff) return "IPv4 checksum";
  }
  if (load_be16(&layers.datagram[4]) != layers.datagram.size()) return "UDP length";
  if (load_be16(&layers.datagram[6]) == 0) return layers.v6 ? "no UDP checksum in IPv6" : "";
  Frame whole = pseudo_header(layers.from, layers.to, layers.datagram.size());
  append(whole, layers.datagram);
  return sum(whole) == 0xffff ? "" : "UDP checksum";
}

Seen see(const Frame& frame) {
  const Layers layers = layers_of(frame);
  Seen seen;
  std::copy_n(frame.begin(), 6, seen.destination.begin());
  std::copy_n(frame.begin() + 6, 6, seen.source.begin());
  if (load_be16(&frame[12]) == 0x8100) seen.vlan = load_be16(&frame[14]);
  seen.from = SocketAddress{layers.from, load_be16(&layers.datagram[0])}.text();
  seen.to = SocketAddress{layers.to, load_be16(&layers.datagram[2])}.text();
  seen.traffic_class =
      layers.v6 ? static_cast<std::uint8_t>(load_be16(&layers.ip[0]) >> 4) : layers.ip[1];
  seen.hop_limit = layers.v6 ? layers.ip[7] : layers.ip[8];
  seen.checksum = load_be16(&layers.datagram[6]);
  seen.payload.assign(layers.datagram.begin() + 8, layers.datagram.end());
  return seen;
}

std::uint16_t Seen::sequence() const { return load_be16(&payload[2]); }
std::uint32_t Seen::timestamp() const { return load_be32(&payload[4]); }
std::uint32_t Seen::ssrc() const { return load_be32(&payload[8]); }

}  // namespace junctor::dp::test
