// SPDX-License-Identifier: MIT
#include "dataplane/io/packet_pool.hpp"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <bit>
#include <string>

namespace junctor::dp {
namespace {

// What a port's queues and the rings of a worker can hold at most.
constexpr unsigned kPerQueue = 4096, kPerWorker = 8192, kCache = 256;
constexpr unsigned kFrameOverhead = 14 + 2 * 4 + 4;

}  // namespace

void PacketPoolFree::operator()(rte_mempool* pool) const { rte_mempool_free(pool); }

Result<PacketPool> make_packet_pool(unsigned ports, unsigned workers, unsigned mtu) {
  const unsigned needed = workers * (ports * kPerQueue + kPerWorker);
  const unsigned count = std::bit_ceil(needed) - 1;
  const unsigned room = std::max<unsigned>(RTE_MBUF_DEFAULT_DATAROOM, mtu + kFrameOverhead);
  PacketPool pool(rte_pktmbuf_pool_create("packets", count, kCache, 0,
                                          static_cast<std::uint16_t>(room + RTE_PKTMBUF_HEADROOM),
                                          static_cast<int>(rte_socket_id())));
  if (pool) return pool;
  return Error{"dataplane.memory_mb", "too little for " + std::to_string(count) + " packets of " +
                                          std::to_string(room) +
                                          " octets: " + rte_strerror(rte_errno)};
}

}  // namespace junctor::dp
