// SPDX-License-Identifier: MIT
// LoopDevice: the port that leads back: what is sent on it is received on it. Calls between two of the gateway's own
// ends (test call loopback) are relayed over it as any others are.
//
//   worker 0 --transmit--> [ ring ] --receive, next round--> worker 0
//
// Threads   the worker that owns its only queue, which is the first; so the ring needs no lock. The rest on any.
// Lifetime  what is still in it goes back to its pool at its end, when no worker runs any more.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "dataplane/core/device.hpp"

namespace junctor::dp {

class LoopDevice final : public Device {
 public:
  static constexpr unsigned kSize = 256;  // packets; the pool has them (io/packet_pool.cpp)

  LoopDevice() = default;
  ~LoopDevice() override;
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  // A packet names this port already, as it was sent there.
  unsigned receive(unsigned queue, rte_mbuf** packets, unsigned max) noexcept override;
  unsigned transmit(unsigned queue, rte_mbuf** packets, unsigned count) noexcept override;

  unsigned receive_queues() const override { return 1; }
  unsigned transmit_queues() const override { return 1; }
  const std::string& name() const override { return name_; }
  const std::string& device() const override { return name_; }
  MacAddress mac() const override { return {}; }
  Statistics statistics() const override { return {.link_up = true}; }

 private:
  static_assert((kSize & (kSize - 1)) == 0);

  const std::string name_ = "loop";
  std::uint32_t head_ = 0, tail_ = 0;  // received and sent so far
  std::array<rte_mbuf*, kSize> ring_{};
};

}  // namespace junctor::dp
