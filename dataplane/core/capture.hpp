// SPDX-License-Identifier: MIT
// Capture: which packets a worker copies while one runs. None runs: a null pointer, looked at once a
// round. It is a value that never changes; another filter is another Capture, and the old one is freed
// after every worker has left it (RCU), as a Snapshot is.
//
//   device --> [copy received] --> graph ... outbox --> [copy sent] --> device
//                    `--> CaptureRing of the worker <---------'
//
// What is received is copied as it came, before anything is dropped; what is sent, when it is first
// offered to the port. So each packet is there once in each direction, whichever worker relays it.
//
// Threads   made on the control thread, read by workers.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/core/capture_ring.hpp"
#include "dataplane/core/plane.hpp"
#include "dataplane/core/snapshot.hpp"

struct rte_mbuf;

namespace junctor::dp {

using CaptureRings = std::vector<std::unique_ptr<CaptureRing>>;

class Capture {
 public:
  // rings: one a worker.
  Capture(const CaptureFilter& filter, std::shared_ptr<CaptureRings> rings);

  // What passes the filter; room permitting.
  void copy(unsigned worker, const Snapshot& snapshot, std::uint64_t now_ns,
            rte_mbuf* const* packets, unsigned count, bool sent) const;

 private:
  bool wants(const Snapshot& snapshot, const rte_mbuf& packet, bool sent) const;

  std::bitset<kPortSlots> ports_;
  CaptureFilter::Voice voice_;
  std::bitset<65536> voice_ports_;
  std::shared_ptr<CaptureRings> rings_;
};

// The gateway's own UDP port of a packet of voice: to or from a voice port of a local address. 0 for
// any other packet.
std::uint16_t voice_port_of(const Snapshot& snapshot, Bytes frame, bool sent);

// What the workers copied, oldest first.
class RingsSource final : public CaptureSource {
 public:
  explicit RingsSource(std::shared_ptr<CaptureRings> rings) : rings_(std::move(rings)) {}

  std::size_t poll(std::size_t max,
                   const std::function<void(const CapturedPacket&)>& take) override;
  std::uint64_t lost(PortId port) const override;

 private:
  std::shared_ptr<CaptureRings> rings_;
};

}  // namespace junctor::dp
