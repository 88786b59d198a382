// SPDX-License-Identifier: MIT
#include "controlplane/media/port_allocator.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace junctor::cp {
namespace {

const IpAddress kHere = *IpAddress::parse("192.0.2.1");
const IpAddress kThere = *IpAddress::parse("2001:db8::1");
using Port = std::optional<std::uint16_t>;

TEST(PortAllocator, GivesPairsInTurnUntilNoneIsLeft) {
  PortAllocator ports({10000, 10005});
  EXPECT_EQ(ports.allocate(kHere), Port{10000});
  EXPECT_EQ(ports.allocate(kHere), Port{10002});
  ports.release(kHere, 10000);
  EXPECT_EQ(ports.allocate(kHere), Port{10004}) << "what was just released is not given at once";
  EXPECT_EQ(ports.allocate(kHere), Port{10000});
  EXPECT_EQ(ports.allocate(kHere), std::nullopt);
  EXPECT_EQ(ports.allocate(kThere), Port{10000}) << "each address has its own ports";
  EXPECT_EQ(ports.taken(kHere), 3u);
  EXPECT_EQ(ports.taken(kThere), 1u);
}

TEST(PortAllocator, StaysWithinTheRange) {
  struct Row {
    const char* sentence;
    PortRange range;
    std::vector<std::uint16_t> given;
  };
  const Row rows[] = {
      {"an odd first port is no RTP port", {10001, 10005}, {10002, 10004}},
      {"an even last port has no RTCP port beside it", {10000, 10004}, {10000, 10002}},
      {"one pair", {65534, 65535}, {65534}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    PortAllocator ports(row.range);
    std::vector<std::uint16_t> given;
    while (const auto port = ports.allocate(kHere)) given.push_back(*port);
    EXPECT_EQ(given, row.given);
  }
}

TEST(PortAllocator, ClaimsWhatARestoredCallHad) {
  PortAllocator ports({10000, 10003});
  EXPECT_TRUE(ports.claim(kHere, 10000));
  EXPECT_FALSE(ports.claim(kHere, 10000)) << "taken";
  EXPECT_FALSE(ports.claim(kHere, 10001)) << "odd";
  EXPECT_FALSE(ports.claim(kHere, 0));
  EXPECT_TRUE(ports.claim(kHere, 20000)) << "of a range that was configured before";
  EXPECT_EQ(ports.allocate(kHere), Port{10002});
  EXPECT_EQ(ports.allocate(kHere), std::nullopt);
  ports.release(kHere, 20000);
  EXPECT_EQ(ports.allocate(kHere), std::nullopt) << "outside of the range now";
}

TEST(PortAllocator, AnotherRangeHoldsFromTheNextPortOn) {
  PortAllocator ports({10000, 10003});
  EXPECT_EQ(ports.allocate(kHere), Port{10000});
  ports.set_range({10000, 10009});
  ports.release(kHere, 10000);
  ports.set_range({30000, 30001});
  EXPECT_EQ(ports.allocate(kHere), Port{30000});
  EXPECT_EQ(ports.allocate(kHere), std::nullopt);
}

}  // namespace
}  // namespace junctor::cp
