// SPDX-License-Identifier: MIT
#include "dataplane/control/frame.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace junctor::dp {
namespace {

const NextHop kHop{PortId{1}, 7, {2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

std::vector<std::uint8_t> build(const char* from, const char* to, Bytes payload) {
  std::vector<std::uint8_t> frame(kMaxFrameHeaders + payload.size());
  const Datagram datagram{*SocketAddress::parse(from), *SocketAddress::parse(to), 46, payload};
  frame.resize(build_frame(kHop, datagram, frame));
  return frame;
}

TEST(Frame, Ipv4IsAsAnotherStackWouldBuildIt) {
  const std::array<std::uint8_t, 3> payload{'a', 'b', 'c'};
  const std::vector<std::uint8_t> expected{
      2,    0,    0,   0,   0,   2, 2,    0, 0,    0,    0,    1,    0x08, 0x00,  // Ethernet
      0x45, 0xb8, 0,   31,  0,   0, 0x40, 0, 64,   17,   0xb6, 0x18,              // IPv4
      192,  0,    2,   1,   192, 0, 2,    2, 0x4e, 0x21, 0x0f, 0xa1, 0,    11,
      0x59, 0xcb, 'a', 'b', 'c'};
  const auto frame = build("192.0.2.1:20001", "192.0.2.2:4001", payload);
  ASSERT_EQ(frame.size(), expected.size());
  // The headers but the checksums octet by octet; the checksums by their rule.
  for (std::size_t i = 0; i < frame.size(); ++i) {
    if (i == 24 || i == 25 || i == 40 || i == 41) continue;
    EXPECT_EQ(frame[i], expected[i]) << "octet " << i;
  }
  EXPECT_EQ(checksum_finish(checksum_add(0, Bytes(frame).subspan(14, 20))), 0);
  std::uint32_t sum = 17 + 11;
  sum = checksum_add(sum, Bytes(frame).subspan(26, 8));
  EXPECT_EQ(checksum_finish(checksum_add(sum, Bytes(frame).subspan(34))), 0);
}

TEST(Frame, Ipv6HasTrafficClassAndChecksum) {
  const std::array<std::uint8_t, 4> payload{1, 2, 3, 4};
  const auto frame = build("[2001:db8::1]:20001", "[2001:db8::2]:4001", payload);
  ASSERT_EQ(frame.size(), 14U + 40 + 8 + 4);
  EXPECT_EQ(load_be16(&frame[12]), 0x86dd);
  EXPECT_EQ(load_be32(&frame[14]), 0x6b80'0000U) << "version 6, DSCP 46";
  EXPECT_EQ(load_be16(&frame[18]), 12) << "payload length";
  EXPECT_EQ(frame[20], 17);
  std::uint32_t sum = 17 + 12;
  sum = checksum_add(sum, Bytes(frame).subspan(22, 32));
  EXPECT_EQ(checksum_finish(checksum_add(sum, Bytes(frame).subspan(54))), 0);
}

TEST(Frame, TheChecksumExampleOfRfc1071) {
  const std::array<std::uint8_t, 8> words{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(checksum_finish(checksum_add(0, words)), static_cast<std::uint16_t>(~0xddf2));
}

TEST(Frame, ABufferThatIsTooSmallIsNotTouched) {
  const Datagram datagram{
      *SocketAddress::parse("192.0.2.1:1"), *SocketAddress::parse("192.0.2.2:2"), 0, {}};
  std::array<std::uint8_t, 41> small{};
  EXPECT_EQ(build_frame(kHop, datagram, small), 0U);
  EXPECT_EQ(small, (std::array<std::uint8_t, 41>{}));
}

}  // namespace
}  // namespace junctor::dp
