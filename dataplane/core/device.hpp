// SPDX-License-Identifier: MIT
// Device: a port as the packet side needs it: bursts in, bursts out. dataplane/io has the real
// ones, tests have their own.
//
// Threads   receive() and transmit() by one worker a queue; the rest on the control thread.
// Lifetime  outlives the plane.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/core/plane.hpp"

struct rte_mbuf;

namespace junctor::dp {

class Device {
 public:
  struct Statistics {
    bool link_up = false;
    std::uint64_t packets_received = 0, octets_received = 0, packets_sent = 0, octets_sent = 0;
    std::uint64_t missed = 0, errors = 0;
  };

  virtual ~Device() = default;

  // How many packets were received, at most max; they are the caller's.
  virtual unsigned receive(unsigned queue, rte_mbuf** packets, unsigned max) noexcept = 0;
  // How many of the first packets were taken; the others stay the caller's.
  virtual unsigned transmit(unsigned queue, rte_mbuf** packets, unsigned count) noexcept = 0;

  virtual unsigned receive_queues() const = 0;
  virtual unsigned transmit_queues() const = 0;
  virtual const std::string& name() const = 0;
  virtual const std::string& device() const = 0;
  virtual MacAddress mac() const = 0;
  virtual Statistics statistics() const = 0;
};

}  // namespace junctor::dp
