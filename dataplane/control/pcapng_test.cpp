// SPDX-License-Identifier: MIT
// Octet by octet, by the figures of draft-ietf-opsawg-pcapng. That others read such a file is shown
// end to end (e2e.capture.*).
#include "dataplane/control/pcapng.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace junctor::dp::pcapng {
namespace {

std::string hex(std::string_view octets) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += ' ';
    const auto octet = static_cast<std::uint8_t>(octets[i]);
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

TEST(Pcapng, Section) {
  std::string out;
  append_section(out, "Junctor", "");
  EXPECT_EQ(hex(out),
            "0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffff ffffffff "  // type, length, order, 1.0
            "04000700 4a756e63 746f7200 00000000 2c000000");          // the application, end
}

TEST(Pcapng, Interface) {
  std::string out;
  append_interface(out, {"lan", "", {2, 0, 0, 0, 0, 1}});
  EXPECT_EQ(hex(out),
            "01000000 34000000 01000000 00000000 "  // Ethernet, nothing is cut
            "02000300 6c616e00 06000600 02000000 00010000 "
            "09000100 09000000 00000000 34000000");
}

TEST(Pcapng, PacketsOfEveryLengthEndAtAWord) {
  const std::vector<std::uint8_t> octets{0xde, 0xad, 0xbe, 0xef, 0x01};
  std::string out;
  append_packet(out, {1, Nanoseconds{0x0102030405060708}, true, octets});
  EXPECT_EQ(hex(out),
            "06000000 34000000 01000000 04030201 08070605 05000000 05000000 "
            "deadbeef 01000000 02000400 02000000 00000000 34000000");
  for (std::size_t n = 0; n <= octets.size(); ++n) {
    out.clear();
    append_packet(out, {0, Nanoseconds{1}, false, Bytes(octets).first(n)});
    EXPECT_EQ(out.size(), packet_block_size(n)) << n;
    EXPECT_EQ(out.size() % 4, 0U) << n;
  }
}

TEST(Pcapng, Statistics) {
  std::string out;
  append_statistics(out, {1, Nanoseconds{0x100000002}, Nanoseconds{0x300000004}, 7, 5});
  EXPECT_EQ(hex(out),
            "05000000 4c000000 01000000 03000000 04000000 "
            "02000800 01000000 02000000 03000800 03000000 04000000 "
            "05000800 05000000 00000000 08000800 07000000 00000000 00000000 4c000000");
  EXPECT_EQ(out.size(), kStatisticsBlockSize);
}

TEST(Pcapng, WholeBlocks) {
  std::string out;
  append_packet(out, {});
  const std::size_t first = out.size();
  append_statistics(out, {});
  for (std::size_t n = 0; n <= out.size(); ++n)
    EXPECT_EQ(whole_blocks(out, n), n == out.size() ? n : n >= first ? first : 0) << n;
}

}  // namespace
}  // namespace junctor::dp::pcapng
