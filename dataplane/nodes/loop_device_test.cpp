// SPDX-License-Identifier: MIT
#include "dataplane/core/loop_device.hpp"

#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <array>

#include "dataplane/nodes/test_node.hpp"

namespace junctor::dp::test {
namespace {

TEST(LoopDevice, GivesBackWhatItWasGivenInOrder) {
  LoopDevice loop;
  std::array<rte_mbuf*, 4> in{}, out{};
  EXPECT_EQ(loop.receive(0, out.data(), 4), 0u) << "nothing yet";
  for (unsigned round = 0; round < 3 * LoopDevice::kSize / 3; ++round) {  // past its end, and again
    for (unsigned i = 0; i < 3; ++i) in[i] = to_mbuf(udp({}), 2);
    ASSERT_EQ(loop.transmit(0, in.data(), 3), 3u);
    ASSERT_EQ(loop.receive(0, out.data(), 2), 2u);
    ASSERT_EQ(loop.receive(0, out.data() + 2, 2), 1u);
    for (unsigned i = 0; i < 3; ++i) {
      ASSERT_EQ(out[i], in[i]);
      EXPECT_EQ(out[i]->port, 2);
      rte_pktmbuf_free(out[i]);
    }
  }
}

TEST(LoopDevice, TakesWhatHasRoomAndFreesTheRestAtItsEnd) {
  const unsigned before = rte_mempool_in_use_count(pool());
  {
    LoopDevice loop;
    std::array<rte_mbuf*, LoopDevice::kSize + 2> in{};
    for (rte_mbuf*& packet : in) packet = to_mbuf(udp({}));
    EXPECT_EQ(loop.transmit(0, in.data(), in.size()), LoopDevice::kSize);
    EXPECT_EQ(loop.transmit(0, in.data() + LoopDevice::kSize, 2), 0u) << "full";
    rte_mbuf* out = nullptr;
    ASSERT_EQ(loop.receive(0, &out, 1), 1u);
    rte_pktmbuf_free(out);
    EXPECT_EQ(loop.transmit(0, in.data() + LoopDevice::kSize, 2), 1u);
    rte_pktmbuf_free(in.back());
  }
  EXPECT_EQ(rte_mempool_in_use_count(pool()), before);
}

}  // namespace
}  // namespace junctor::dp::test
