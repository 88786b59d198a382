// SPDX-License-Identifier: MIT
#include "dataplane/core/snapshot.hpp"

#include <gtest/gtest.h>

#include "dataplane/core/flow_store.hpp"

namespace junctor::dp {
namespace {

IpAddress numbered(std::uint32_t i) {
  std::uint8_t octets[4];
  store_be32(octets, 0x0a000000u + i * 256);
  return IpAddress::from_bytes(octets);
}
const std::uint32_t* word_of(const IpAddress& address, std::uint32_t& word) {
  std::memcpy(&word, address.bytes().data(), 4);
  return &word;
}

TEST(LocalAddresses, FindsEachOfManyAndNoOther) {
  constexpr std::uint32_t kCount = 64;
  ZeroArray<PortTable> tables(kCount);
  LocalAddresses local(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) local.add(numbered(i), &tables[i]);
  std::uint32_t word = 0;
  for (std::uint32_t i = 0; i < kCount; ++i)
    EXPECT_EQ(local.find_v4(*word_of(numbered(i), word)), &tables[i]);
  for (std::uint32_t i = kCount; i < 1000; ++i)
    EXPECT_EQ(local.find_v4(*word_of(numbered(i), word)), nullptr);
}

TEST(LocalAddresses, KeepsTheFamiliesApart) {
  ZeroArray<PortTable> tables(2);
  LocalAddresses local(2);
  const IpAddress v6 = *IpAddress::parse("a00::");  // begins like 10.0.0.0
  local.add(v6, &tables[1]);
  std::uint32_t word = 0;
  EXPECT_EQ(local.find_v4(*word_of(numbered(0), word)), nullptr);
  EXPECT_EQ(local.find_v6(v6.bytes().data()), &tables[1]);
  EXPECT_EQ(LocalAddresses().find_v4(word), nullptr) << "none at all";
}

}  // namespace
}  // namespace junctor::dp
