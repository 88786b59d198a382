// SPDX-License-Identifier: MIT
// PacketPool: the buffers of all packets, one pool for all ports, so that a packet can go from any
// port to any other without a copy. Where DPDK works with virtual addresses they lie back to back in
// one piece of memory, which net_af_xdp needs.
//
// Threads   the pool may be used by any DPDK thread.
// Lifetime  outlives ports and plane.
#pragma once

#include <memory>

#include "platform/base/result.hpp"

struct rte_mempool;

namespace junctor::dp {

struct PacketPoolFree {
  void operator()(rte_mempool* pool) const;
};
using PacketPool = std::unique_ptr<rte_mempool, PacketPoolFree>;

// Enough for the queues of so many ports and workers, each buffer long enough for a frame of that
// MTU.
Result<PacketPool> make_packet_pool(unsigned ports, unsigned workers, unsigned mtu);

}  // namespace junctor::dp
