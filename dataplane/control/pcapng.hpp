// SPDX-License-Identifier: MIT
// pcapng: the blocks of a capture file as octets (draft-ietf-opsawg-pcapng), as far as a gateway
// writes them: one section, Ethernet, times in nanoseconds since 1970.
//
//   section | interface 0 | interface 1 ... | packet ... | statistics 0 | statistics 1 ...
//
// Each function appends one whole block. A file that is cut between two blocks is a good file.
//
// Threads   pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/bytes.hpp"
#include "platform/base/clock.hpp"

namespace junctor::dp::pcapng {

struct Interface {
  std::string_view name;
  std::string_view description;
  std::array<std::uint8_t, 6> mac{};
};

struct Packet {
  std::uint32_t interface = 0;  // in the order of the interface blocks
  Nanoseconds wall{0};
  bool sent = false;  // outbound; else inbound
  Bytes frame;
};

struct Statistics {
  std::uint32_t interface = 0;
  Nanoseconds begin{0}, end{0};
  std::uint64_t written = 0;  // packets
  std::uint64_t lost = 0;
};

void append_section(std::string& out, std::string_view program, std::string_view comment);
void append_interface(std::string& out, const Interface& interface);
void append_packet(std::string& out, const Packet& packet);
void append_statistics(std::string& out, const Statistics& statistics);

// How many of the first `count` octets of some whole blocks are whole blocks.
std::size_t whole_blocks(std::string_view blocks, std::size_t count);

// How long the block of such a packet is.
std::size_t packet_block_size(std::size_t frame_size);
// The same of statistics.
inline constexpr std::size_t kStatisticsBlockSize = 76;

}  // namespace junctor::dp::pcapng
