// SPDX-License-Identifier: MIT
// PortAllocator: UDP ports for voice, in pairs: an even one for RTP, the next for RTCP (RFC 3550,
// section 11), for each local address.
//
// Ports are given in turn, so that a late packet of an ended call meets no new one.
//
// Threads   the control loop's.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "platform/base/address.hpp"

namespace junctor::cp {

struct PortRange {
  std::uint16_t min = 16384;  // even: the first RTP port
  std::uint16_t max = 32767;  // odd: the last RTCP port
};

class PortAllocator {
 public:
  explicit PortAllocator(PortRange range) { set_range(range); }

  // What is taken outside of the new range stays taken until it is released.
  void set_range(PortRange range);
  // The RTP port of a free pair; nothing if all are taken.
  std::optional<std::uint16_t> allocate(const IpAddress& local);
  // Takes exactly this pair, in the range or not. False if it is taken, or the port is odd.
  bool claim(const IpAddress& local, std::uint16_t port);
  void release(const IpAddress& local, std::uint16_t port);
  std::size_t taken(const IpAddress& local) const;

 private:
  static constexpr std::size_t kPairs = 32768;
  struct Pairs {
    std::bitset<kPairs> taken;  // by port / 2
    std::size_t next = 0;       // the pair to look at first
  };

  std::size_t first_ = 0;  // pair numbers
  std::size_t last_ = 0;
  std::map<IpAddress, Pairs> addresses_;
};

}  // namespace junctor::cp
