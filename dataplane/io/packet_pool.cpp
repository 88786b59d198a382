// SPDX-License-Identifier: MIT
#include "dataplane/io/packet_pool.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memzone.h>

#include <algorithm>
#include <bit>
#include <string>

namespace junctor::dp {
namespace {

// What a port's queues and the rings of a worker can hold at most; of the first worker with the loop port's.
constexpr unsigned kPerQueue = 4096, kPerWorker = 8192, kCache = 256;
constexpr unsigned kFrameOverhead = 14 + 2 * 4 + 4;
constexpr const char* kName = "packets";

void free_zone(rte_mempool_memhdr*, void* zone) {
  rte_memzone_free(static_cast<const rte_memzone*>(zone));
}

// One piece of memory with the buffers back to back. DPDK's own way keeps each within a page of
// memory, also where addresses need no such care; net_af_xdp counts on no gaps, and the kernel
// silently drops what lies behind the end that it was told.
PacketPool make_dense_pool(unsigned count, std::uint16_t room, int socket) {
  PacketPool pool(rte_mempool_create_empty(kName, count, sizeof(rte_mbuf) + room, kCache,
                                           sizeof(rte_pktmbuf_pool_private), socket,
                                           RTE_MEMPOOL_F_NO_IOVA_CONTIG));
  if (!pool) return pool;
  if (const int code = rte_mempool_set_ops_byname(pool.get(), rte_mbuf_best_mempool_ops(), nullptr);
      code != 0) {
    rte_errno = -code;
    return nullptr;
  }
  rte_pktmbuf_pool_private sizes{};
  sizes.mbuf_data_room_size = room;
  rte_pktmbuf_pool_init(pool.get(), &sizes);
  const std::size_t length =
      std::size_t{count} * (pool->header_size + pool->elt_size + pool->trailer_size) +
      RTE_MEMPOOL_ALIGN;
  const rte_memzone* zone =
      rte_memzone_reserve_aligned(kName, length, socket, 0, RTE_MEMPOOL_ALIGN);
  if (zone == nullptr) return nullptr;
  const int placed = rte_mempool_populate_iova(pool.get(), static_cast<char*>(zone->addr),
                                               reinterpret_cast<rte_iova_t>(zone->addr), zone->len,
                                               free_zone, const_cast<rte_memzone*>(zone));
  if (placed != static_cast<int>(count)) {
    if (placed <= 0) rte_memzone_free(zone);
    rte_errno = placed < 0 ? -placed : ENOMEM;
    return nullptr;
  }
  rte_mempool_obj_iter(pool.get(), rte_pktmbuf_init, nullptr);
  return pool;
}

}  // namespace

void PacketPoolFree::operator()(rte_mempool* pool) const { rte_mempool_free(pool); }

Result<PacketPool> make_packet_pool(unsigned ports, unsigned workers, unsigned mtu) {
  const unsigned needed = workers * (ports * kPerQueue + kPerWorker);
  const unsigned count = std::bit_ceil(needed) - 1;
  const auto room = static_cast<std::uint16_t>(
      std::max<unsigned>(RTE_MBUF_DEFAULT_DATAROOM, mtu + kFrameOverhead) + RTE_PKTMBUF_HEADROOM);
  const auto socket = static_cast<int>(rte_socket_id());
  PacketPool pool(rte_eal_iova_mode() == RTE_IOVA_VA
                      ? make_dense_pool(count, room, socket)
                      : PacketPool(rte_pktmbuf_pool_create(kName, count, kCache, 0, room, socket)));
  if (pool) return pool;
  return Error{"dataplane.memory_mb", "too little for " + std::to_string(count) + " packets of " +
                                          std::to_string(room) +
                                          " octets: " + rte_strerror(rte_errno)};
}

}  // namespace junctor::dp
