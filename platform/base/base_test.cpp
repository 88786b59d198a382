// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"
#include "platform/base/result.hpp"
#include "platform/base/strong_id.hpp"

namespace junctor {
namespace {

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  const struct {
    const char* sentence;
    const char* in;
    const char* out;  // nullptr: refused
  } rows[] = {
      {"IPv4", "192.0.2.1", "192.0.2.1"},
      {"IPv6 is shortened", "2001:0db8:0:0::1", "2001:db8::1"},
      {"IPv6 may stand in brackets", "[::1]", "::1"},
      {"IPv4 may not", "[192.0.2.1]", nullptr},
      {"a name is no address", "example.com", nullptr},
      {"nothing is no address", "", nullptr},
      {"five octets are too many", "1.2.3.4.5", nullptr},
      {"an octet is at most 255", "256.1.1.1", nullptr},
      {"a zone is not taken", "fe80::1%eth0", nullptr},
  };
  for (const auto& row : rows) {
    const auto got = IpAddress::parse(row.in);
    ASSERT_EQ(got.has_value(), row.out != nullptr) << row.sentence;
    if (got) {
      EXPECT_EQ(got->text(), row.out) << row.sentence;
    }
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9))) << "a NUL ends nothing";
}

TEST(IpPrefix, ContainsWhatSharesItsBits) {
  const auto net = IpPrefix::parse("192.0.2.128/25");
  ASSERT_TRUE(net);
  EXPECT_TRUE(net->contains(*IpAddress::parse("192.0.2.200")));
  EXPECT_FALSE(net->contains(*IpAddress::parse("192.0.2.100")));
  EXPECT_FALSE(net->contains(*IpAddress::parse("2001:db8::1")));
  EXPECT_TRUE(IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("1.2.3.4")));
  EXPECT_FALSE(IpPrefix::parse("192.0.2.1/33"));
}

TEST(SocketAddress, GoesThroughSockaddrUnchanged) {
  for (const char* text : {"192.0.2.1:5060", "[2001:db8::1]:65535"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    sockaddr_storage storage;
    ASSERT_GT(address->to_sockaddr(storage), 0U);
    EXPECT_EQ(SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&storage)), *address);
    EXPECT_EQ(address->text(), text);
  }
  EXPECT_FALSE(SocketAddress::parse("192.0.2.1:65536"));
  EXPECT_FALSE(SocketAddress::parse("2001:db8::1:5060")) << "IPv6 with a port needs brackets";
}

TEST(Reader, NeverReadsPastTheEnd) {
  const std::uint8_t data[] = {1, 2, 3};
  Reader r(data);
  EXPECT_EQ(r.u16(), 0x0102);
  EXPECT_EQ(r.u16(), 0);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.u8(), 0) << "once failed, always failed";
}

TEST(Result, HoldsAValueOrItsError) {
  Result<int> good = 3;
  Result<int> bad = Error{"gw.json:4", "no such key"};
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  EXPECT_EQ(bad.error().text(), "gw.json:4: no such key");
  EXPECT_DEATH((void)bad.value(), "assertion failed");
}

TEST(StrongId, ComparesOnlyWithItsKind) {
  using A = StrongId<struct ATag, int>;
  EXPECT_LT(A{1}, A{2});
  EXPECT_EQ(A{}.value(), 0);
}

}  // namespace
}  // namespace junctor
