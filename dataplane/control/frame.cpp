// SPDX-License-Identifier: MIT
#include "dataplane/control/frame.hpp"

#include <algorithm>
#include <cstring>

#include "platform/base/assert.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kUdpBytes = 8;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kHopLimit = 64;

void write_ethernet(const NextHop& hop, bool v4, std::uint8_t* out) {
  std::copy(hop.destination.begin(), hop.destination.end(), out);
  std::copy(hop.source.begin(), hop.source.end(), out + 6);
  store_be16(out + 12, v4 ? 0x0800 : 0x86dd);
}

void write_ipv4(const Datagram& d, std::size_t udp_bytes, std::uint8_t* out) {
  std::memset(out, 0, 20);
  out[0] = 0x45;
  out[1] = static_cast<std::uint8_t>(d.dscp << 2);
  store_be16(out + 2, static_cast<std::uint16_t>(20 + udp_bytes));
  out[6] = 0x40;  // DF: an atomic datagram needs no identification (RFC 6864)
  out[8] = kHopLimit;
  out[9] = kProtocolUdp;
  std::copy_n(d.from.ip.bytes().data(), 4, out + 12);
  std::copy_n(d.to.ip.bytes().data(), 4, out + 16);
  store_be16(out + 10, checksum_finish(checksum_add(0, {out, 20})));
}

void write_ipv6(const Datagram& d, std::size_t udp_bytes, std::uint8_t* out) {
  store_be32(out, 6U << 28 | static_cast<std::uint32_t>(d.dscp) << 22);
  store_be16(out + 4, static_cast<std::uint16_t>(udp_bytes));
  out[6] = kProtocolUdp;
  out[7] = kHopLimit;
  std::copy_n(d.from.ip.bytes().data(), 16, out + 8);
  std::copy_n(d.to.ip.bytes().data(), 16, out + 24);
}

void write_udp(const Datagram& d, std::size_t udp_bytes, std::uint8_t* out) {
  store_be16(out, d.from.port);
  store_be16(out + 2, d.to.port);
  store_be16(out + 4, static_cast<std::uint16_t>(udp_bytes));
  store_be16(out + 6, 0);
  if (!d.payload.empty()) std::memcpy(out + kUdpBytes, d.payload.data(), d.payload.size());
  std::uint32_t sum = checksum_add(0, d.from.ip.bytes());
  sum = checksum_add(sum, d.to.ip.bytes());
  sum += kProtocolUdp + static_cast<std::uint32_t>(udp_bytes);
  const std::uint16_t checksum = checksum_finish(checksum_add(sum, {out, udp_bytes}));
  store_be16(out + 6, checksum == 0 ? 0xffff : checksum);  // 0 would say "none" (RFC 768)
}

}  // namespace

std::uint32_t checksum_add(std::uint32_t sum, Bytes bytes) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += load_be16(&bytes[i]);
  if (i < bytes.size()) sum += static_cast<std::uint32_t>(bytes[i]) << 8;
  return sum;
}

std::uint16_t checksum_finish(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::size_t build_frame(const NextHop& hop, const Datagram& datagram, MutableBytes out) {
  JUNCTOR_ASSERT(datagram.from.ip.family() == datagram.to.ip.family());
  const bool v4 = datagram.from.ip.is_v4();
  const std::size_t udp_bytes = kUdpBytes + datagram.payload.size();
  const std::size_t ip_bytes = v4 ? 20 : 40;
  const std::size_t total = kEthernetBytes + ip_bytes + udp_bytes;
  if (total > out.size()) return 0;
  write_ethernet(hop, v4, out.data());
  std::uint8_t* ip = out.data() + kEthernetBytes;
  if (v4) {
    write_ipv4(datagram, udp_bytes, ip);
  } else {
    write_ipv6(datagram, udp_bytes, ip);
  }
  write_udp(datagram, udp_bytes, ip + ip_bytes);
  return total;
}

}  // namespace junctor::dp
