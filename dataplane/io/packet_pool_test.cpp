// SPDX-License-Identifier: MIT
#include "dataplane/io/packet_pool.hpp"

#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <vector>

#include "dataplane/io/eal.hpp"

namespace junctor::dp {
namespace {

EalOptions without_huge_pages() {
  EalOptions options;
  options.cores = {0};
  options.memory_mb = 256;
  options.huge_pages = HugePages::None;
  options.prefix = "junctor-test-" + std::to_string(getpid());
  return options;
}

// What net_af_xdp tells the kernel: from the page of the first chunk on, so many objects of one
// size. A buffer behind that end is dropped in silence and never comes back.
TEST(PacketPool, HasNoGapsBetweenBuffers) {
  const auto eal = Eal::start(without_huge_pages());
  ASSERT_TRUE(eal) << eal.error().text();
  const auto pool = make_packet_pool(2, 1, 1500);
  ASSERT_TRUE(pool) << pool.error().text();
  const rte_mempool& made = **pool;
  EXPECT_EQ(made.nb_mem_chunks, 1u);
  EXPECT_EQ(made.populated_size, made.size);

  std::vector<const char*> objects;
  rte_mempool_obj_iter(
      pool->get(),
      [](rte_mempool*, void* to, void* object, unsigned) {
        static_cast<std::vector<const char*>*>(to)->push_back(static_cast<const char*>(object));
      },
      &objects);
  ASSERT_EQ(objects.size(), made.size);
  const std::size_t size = made.header_size + made.elt_size + made.trailer_size;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    ASSERT_EQ(objects[i], objects[0] + i * size);
    const auto* packet = reinterpret_cast<const rte_mbuf*>(objects[i]);
    ASSERT_EQ(packet->buf_iova, reinterpret_cast<rte_iova_t>(packet->buf_addr));
    ASSERT_GE(packet->buf_len, 1518 + RTE_PKTMBUF_HEADROOM);
  }
}

}  // namespace
}  // namespace junctor::dp
