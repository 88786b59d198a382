// SPDX-License-Identifier: MIT
// CaptureRing: copies of packets from one worker to the thread that writes a capture, in one block of
// memory that is made before the first packet: no buffer is taken, and none has to come back.
//
//   worker: begin, append..., commit --> [ head | octets | head | octets ] --> front, pop: writer
//
// Threads   begin(), append(), commit() on the worker; front(), pop() on one other; lost() on any.
// Errors    a packet that finds no room is not copied, and counted by its port.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/core/relaxed.hpp"
#include "dataplane/core/snapshot.hpp"
#include "platform/base/bytes.hpp"

namespace junctor::dp {

class CaptureRing {
 public:
  struct Head {
    std::uint64_t time_ns = 0;  // of Plane::now()
    std::uint32_t length = 0;   // octets that follow
    std::uint16_t port = 0;
    std::uint16_t sent = 0;  // by the gateway; else received
  };

  // Holds at least so many octets.
  explicit CaptureRing(std::size_t octets);

  // False: no room. Else head.length octets must be appended, then committed.
  bool begin(const Head& head);
  void append(const std::uint8_t* octets, std::size_t count);
  void commit() { tail_.store(whole(write_), std::memory_order_release); }

  // The oldest packet; nothing is taken out. Its octets are good until pop().
  bool front(Head& head, Bytes& frame);
  void pop();

  std::uint64_t lost(std::size_t port) const { return lost_[port % kPortSlots].get(); }

 private:
  static std::uint64_t whole(std::uint64_t octets) { return (octets + 7) & ~std::uint64_t{7}; }
  void copy_out(std::uint64_t at, void* to, std::size_t count) const;

  std::vector<std::uint8_t> memory_;
  std::uint64_t mask_;
  std::array<Relaxed<std::uint64_t>, kPortSlots> lost_;
  std::vector<std::uint8_t> scratch_;    // of the reader: a frame that goes over the end
  alignas(64) std::uint64_t write_ = 0;  // of the writer: behind what is appended
  std::uint64_t head_seen_ = 0;          // of the writer
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace junctor::dp
