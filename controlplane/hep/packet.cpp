// SPDX-License-Identifier: MIT
#include "controlplane/hep/packet.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "platform/base/bytes.hpp"

namespace junctor::cp {
namespace {

// Types of the generic vendor, 0x0000.
enum Chunk : std::uint16_t {
  kFamily = 0x0001,
  kTransport = 0x0002,
  kSource4 = 0x0003,
  kDestination4 = 0x0004,
  kSource6 = 0x0005,
  kDestination6 = 0x0006,
  kSourcePort = 0x0007,
  kDestinationPort = 0x0008,
  kSeconds = 0x0009,
  kMicroseconds = 0x000a,
  kProtocol = 0x000b,
  kCaptureId = 0x000c,
  kPassword = 0x000e,
  kPayload = 0x000f,
  kCorrelation = 0x0011,
};
constexpr std::size_t kChunkHead = 6;
constexpr std::size_t kHead = 6;

void append16(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}

void append(std::string& out, Chunk type, std::string_view value) {
  append16(out, 0);
  append16(out, type);
  append16(out, static_cast<std::uint16_t>(kChunkHead + value.size()));
  out += value;
}

void append8(std::string& out, Chunk type, std::uint8_t value) {
  append(out, type, as_text(Bytes(&value, 1)));
}
void append16(std::string& out, Chunk type, std::uint16_t value) {
  std::uint8_t octets[2];
  store_be16(octets, value);
  append(out, type, as_text(octets));
}
void append32(std::string& out, Chunk type, std::uint32_t value) {
  std::uint8_t octets[4];
  store_be32(octets, value);
  append(out, type, as_text(octets));
}

void append_addresses(std::string& out, const HepPacket& packet) {
  const bool is_v6 = packet.source.ip.is_v6();
  append8(out, kFamily, is_v6 ? AF_INET6 : AF_INET);
  append8(out, kTransport, packet.is_tcp ? IPPROTO_TCP : IPPROTO_UDP);
  append(out, is_v6 ? kSource6 : kSource4, as_text(packet.source.ip.bytes()));
  append(out, is_v6 ? kDestination6 : kDestination4, as_text(packet.destination.ip.bytes()));
  append16(out, kSourcePort, packet.source.port);
  append16(out, kDestinationPort, packet.destination.port);
}

}  // namespace

std::string encode(const HepPacket& packet) {
  std::string out("HEP3\0\0", kHead);
  append_addresses(out, packet);
  append32(out, kSeconds, static_cast<std::uint32_t>(packet.wall / Seconds{1}));
  append32(out, kMicroseconds,
           static_cast<std::uint32_t>(packet.wall % Seconds{1} / std::chrono::microseconds{1}));
  append8(out, kProtocol, static_cast<std::uint8_t>(packet.protocol));
  append32(out, kCaptureId, packet.capture_id);
  if (!packet.password.empty()) append(out, kPassword, packet.password);
  // A Call-ID is as long as its peer likes.
  if (!packet.correlation.empty()) append(out, kCorrelation, packet.correlation.substr(0, 1024));
  append(out, kPayload, packet.payload.substr(0, kMaxHepPacket - out.size() - kChunkHead));
  store_be16(reinterpret_cast<std::uint8_t*>(out.data()) + 4,
             static_cast<std::uint16_t>(out.size()));
  return out;
}

}  // namespace junctor::cp
