// SPDX-License-Identifier: MIT
#include "dataplane/control/call_filter.hpp"

#include <algorithm>

namespace junctor::dp {
namespace {

constexpr std::size_t kEther = 14, kVlan = 4, kIp4 = 20, kIp6 = 40, kUdp = 8, kFragment6 = 8;
constexpr std::uint16_t kTypeIp4 = 0x0800, kTypeIp6 = 0x86dd, kTypeVlan = 0x8100;
constexpr std::size_t kMostLearned = 16;  // a call tries no more peers than that
constexpr std::uint8_t kTcpNumber = 6, kUdpNumber = 17, kFragment6Number = 44;

template <typename Range, typename Value>
bool has(const Range& range, const Value& value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

// Of a Call-ID (RFC 3261, section 25.1), but for what also stands around one.
bool is_part(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-.!%*_+`'~@").find(c) != std::string_view::npos;
}

}  // namespace

bool contains_word(std::string_view text, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end])))
      return true;
  }
  return false;
}

struct CallFilter::Packet {
  Datagram datagram;
  bool is_fragment = false;
  bool is_first = true;
  std::uint8_t protocol = 0;
  Bytes content;  // behind the IP header
};

bool CallFilter::parse_v4(Bytes ip, Packet& packet) {
  if (ip.size() < kIp4 || ip[0] >> 4 != 4) return false;
  const std::size_t header = std::size_t{ip[0] & 15U} * 4;
  const std::size_t total = load_be16(&ip[2]);
  if (header < kIp4 || total < header || total > ip.size()) return false;
  packet.datagram = {IpAddress::from_bytes(ip.subspan(12, 4)),
                     IpAddress::from_bytes(ip.subspan(16, 4)), load_be16(&ip[4])};
  const unsigned fragment = load_be16(&ip[6]) & 0x3fffU;  // more fragments, offset
  packet.is_fragment = fragment != 0;
  packet.is_first = (fragment & 0x1fff) == 0;
  packet.protocol = ip[9];
  packet.content = ip.subspan(header, total - header);
  return true;
}

// Extension headers but that of a fragment are nothing that telephones send.
bool CallFilter::parse_v6(Bytes ip, Packet& packet) {
  if (ip.size() < kIp6 || ip[0] >> 4 != 6) return false;
  const std::size_t length = load_be16(&ip[4]);
  if (length > ip.size() - kIp6) return false;
  packet.datagram = {IpAddress::from_bytes(ip.subspan(8, 16)),
                     IpAddress::from_bytes(ip.subspan(24, 16)), 0};
  packet.protocol = ip[6];
  packet.content = ip.subspan(kIp6, length);
  if (packet.protocol != kFragment6Number) return true;
  if (length < kFragment6) return false;
  packet.protocol = packet.content[0];
  packet.datagram.id = load_be32(&packet.content[4]);
  packet.is_fragment = true;
  packet.is_first = load_be16(&packet.content[2]) >> 3 == 0;
  packet.content = packet.content.subspan(kFragment6);
  return true;
}

bool CallFilter::parse(Bytes frame, Packet& packet) {
  if (frame.size() < kEther + kVlan) return false;
  std::uint16_t type = load_be16(&frame[12]);
  std::size_t l3 = kEther;
  if (type == kTypeVlan) {
    type = load_be16(&frame[16]);
    l3 += kVlan;
  }
  if (type == kTypeIp4) return parse_v4(frame.subspan(l3), packet);
  return type == kTypeIp6 && parse_v6(frame.subspan(l3), packet);
}

bool CallFilter::is_signalling(std::uint16_t from, std::uint16_t to) const {
  return has(words_.signalling_ports, from) || has(words_.signalling_ports, to);
}

CallFilter::Fit CallFilter::fit_udp(const Packet& packet, bool sent) const {
  if (packet.content.size() < kUdp) return Fit::No;
  const std::uint16_t from = load_be16(&packet.content[0]), to = load_be16(&packet.content[2]);
  const SocketAddress own =
      sent ? SocketAddress{packet.datagram.from, from} : SocketAddress{packet.datagram.to, to};
  if (has(words_.voice, own)) return Fit::Yes;
  if (!is_signalling(from, to)) return Fit::No;
  return has_call_id(packet.content.subspan(kUdp)) ? Fit::Yes : Fit::Unknown;
}

CallFilter::Fit CallFilter::fit_tcp(const Packet& packet, bool sent) {
  if (packet.content.size() < 4) return Fit::No;
  if (!is_signalling(load_be16(&packet.content[0]), load_be16(&packet.content[2]))) return Fit::No;
  const IpAddress& peer = sent ? packet.datagram.to : packet.datagram.from;
  if (has(words_.peers, peer) || has(learned_, peer)) return Fit::Yes;
  if (learned_.size() == kMostLearned || !has_call_id(packet.content)) return Fit::Unknown;
  learned_.push_back(peer);
  return Fit::Yes;
}

bool CallFilter::has_call_id(Bytes content) const {
  return std::any_of(
      words_.sip_call_ids.begin(), words_.sip_call_ids.end(),
      [content](const std::string& id) { return contains_word(as_text(content), id); });
}

CallFilter::Fit CallFilter::fit(Bytes frame, bool sent) {
  Packet packet;
  if (!parse(frame, packet)) return Fit::No;
  if (!packet.is_first) return has(fragmented_, packet.datagram) ? Fit::Yes : Fit::Unknown;
  Fit fit = Fit::No;
  if (packet.protocol == kUdpNumber) fit = fit_udp(packet, sent);
  if (packet.protocol == kTcpNumber) fit = fit_tcp(packet, sent);
  if (fit == Fit::Yes && packet.is_fragment)
    fragmented_[next_fragmented_++ % fragmented_.size()] = packet.datagram;
  return fit;
}

}  // namespace junctor::dp
