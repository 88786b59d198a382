// SPDX-License-Identifier: MIT
#include "controlplane/hep/packet.hpp"

#include <gtest/gtest.h>

#include "platform/base/bytes.hpp"

namespace junctor::cp {
namespace {

// "0001 02" -> octets
std::string octets(std::string_view hex) {
  std::string out;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return out;
}

HepPacket small() {
  HepPacket packet;
  packet.source = *SocketAddress::parse("192.0.2.1:5060");
  packet.destination = *SocketAddress::parse("192.0.2.2:5061");
  packet.wall = Seconds{0x65538000} + std::chrono::microseconds{0x0f424};
  packet.capture_id = 2001;
  packet.payload = "BYE";
  return packet;
}

TEST(HepPacket, IsWrittenChunkByChunk) {
  HepPacket full = small();
  full.protocol = HepProtocol::QualityReport;
  full.is_tcp = true;
  full.source = *SocketAddress::parse("[2001:db8::1]:1");
  full.destination = *SocketAddress::parse("[2001:db8::2]:65535");
  full.password = "s3";
  full.correlation = "id";
  const struct {
    const char* what;
    HepPacket packet;
    const char* hex;
  } rows[] = {
      {"SIP over UDP and IPv4, without key and correlation", small(),
       "48455033 0066"
       "0000 0001 0007 02"
       "0000 0002 0007 11"
       "0000 0003 000a c0000201"
       "0000 0004 000a c0000202"
       "0000 0007 0008 13c4"
       "0000 0008 0008 13c5"
       "0000 0009 000a 65538000"
       "0000 000a 000a 0000f424"
       "0000 000b 0007 01"
       "0000 000c 000a 000007d1"
       "0000 000f 0009 425945"},
      {"a report over TCP and IPv6, with both", full,
       "48455033 008e"
       "0000 0001 0007 0a"
       "0000 0002 0007 06"
       "0000 0005 0016 20010db8000000000000000000000001"
       "0000 0006 0016 20010db8000000000000000000000002"
       "0000 0007 0008 0001"
       "0000 0008 0008 ffff"
       "0000 0009 000a 65538000"
       "0000 000a 000a 0000f424"
       "0000 000b 0007 23"
       "0000 000c 000a 000007d1"
       "0000 000e 0008 7333"
       "0000 0011 0008 6964"
       "0000 000f 0009 425945"},
  };
  for (const auto& row : rows) EXPECT_EQ(encode(row.packet), octets(row.hex)) << row.what;
}

TEST(HepPacket, APayloadThatDoesNotFitIsCut) {
  const std::string large(70'000, 'x');
  HepPacket packet = small();
  packet.payload = large;
  packet.correlation = large;
  const std::string bytes = encode(packet);
  EXPECT_EQ(bytes.size(), kMaxHepPacket);
  EXPECT_EQ(load_be16(as_bytes(bytes).data() + 4), kMaxHepPacket);
}

}  // namespace
}  // namespace junctor::cp
