// SPDX-License-Identifier: MIT
#include "dataplane/control/pcapng.hpp"

namespace junctor::dp::pcapng {
namespace {

// Block types and option codes of the draft, sections 4.1 to 4.6.
constexpr std::uint32_t kSection = 0x0A0D0D0A, kInterface = 1, kStatistics = 5, kPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1A2B3C4D;
constexpr std::uint16_t kEndOfOptions = 0, kComment = 1;
constexpr std::uint16_t kUserApplication = 4;                                    // of a section
constexpr std::uint16_t kName = 2, kDescription = 3, kMac = 6, kResolution = 9;  // of an interface
constexpr std::uint16_t kFlags = 2;                                              // of a packet
constexpr std::uint16_t kStart = 2, kEnd = 3, kDropped = 5, kDelivered = 8;      // of statistics
constexpr std::uint16_t kEthernet = 1;
constexpr std::uint32_t kInbound = 1, kOutbound = 2;
constexpr std::size_t kPacketOverhead = 32 + 12;  // fields, then the flags and the end of options

// The file says which byte order it has; ours is little endian whatever the machine.
template <typename T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
}

void pad(std::string& out, std::size_t length) { out.append((4 - length % 4) % 4, '\0'); }

// A time is two words, the high one first.
void put_time(std::string& out, Nanoseconds time) {
  const auto ns = static_cast<std::uint64_t>(time.count());
  put(out, static_cast<std::uint32_t>(ns >> 32));
  put(out, static_cast<std::uint32_t>(ns));
}

void put_option(std::string& out, std::uint16_t code, std::string_view value) {
  put(out, code);
  put(out, static_cast<std::uint16_t>(value.size()));
  out += value;
  pad(out, value.size());
}

template <typename T>
void put_option(std::string& out, std::uint16_t code, T value) {
  std::string octets;
  put(octets, value);
  put_option(out, code, std::string_view(octets));
}

// Fills in the length that stands at both ends of a block that begins at `begin`.
class Block {
 public:
  Block(std::string& out, std::uint32_t type) : out_(out), begin_(out.size()) {
    put(out_, type);
    put(out_, std::uint32_t{0});
  }
  void end() {
    const auto length = static_cast<std::uint32_t>(out_.size() - begin_ + 4);
    std::string octets;
    put(octets, length);
    out_.replace(begin_ + 4, 4, octets);
    out_ += octets;
  }

 private:
  std::string& out_;
  std::size_t begin_;
};

void end_options(std::string& out) { put_option(out, kEndOfOptions, std::string_view()); }

}  // namespace

void append_section(std::string& out, std::string_view program, std::string_view comment) {
  Block block(out, kSection);
  put(out, kByteOrder);
  put(out, std::uint16_t{1});  // version 1.0
  put(out, std::uint16_t{0});
  put(out, ~std::uint64_t{0});  // length of the section: to the end of the file
  if (!comment.empty()) put_option(out, kComment, comment);
  put_option(out, kUserApplication, program);
  end_options(out);
  block.end();
}

void append_interface(std::string& out, const Interface& interface) {
  Block block(out, kInterface);
  put(out, kEthernet);
  put(out, std::uint16_t{0});
  put(out, std::uint32_t{0});  // packets are never cut
  put_option(out, kName, interface.name);
  if (!interface.description.empty()) put_option(out, kDescription, interface.description);
  put_option(out, kMac, as_text(interface.mac));
  put_option(out, kResolution, std::uint8_t{9});  // 10 to the power of -9 s
  end_options(out);
  block.end();
}

void append_packet(std::string& out, const Packet& packet) {
  Block block(out, kPacket);
  put(out, packet.interface);
  put_time(out, packet.wall);
  put(out, static_cast<std::uint32_t>(packet.frame.size()));
  put(out, static_cast<std::uint32_t>(packet.frame.size()));
  out += as_text(packet.frame);
  pad(out, packet.frame.size());
  put_option(out, kFlags, packet.sent ? kOutbound : kInbound);
  end_options(out);
  block.end();
}

void append_statistics(std::string& out, const Statistics& statistics) {
  Block block(out, kStatistics);
  put(out, statistics.interface);
  put_time(out, statistics.end);
  std::string time;
  put_time(time, statistics.begin);
  put_option(out, kStart, std::string_view(time));
  time.clear();
  put_time(time, statistics.end);
  put_option(out, kEnd, std::string_view(time));
  put_option(out, kDropped, statistics.lost);
  put_option(out, kDelivered, statistics.written);
  end_options(out);
  block.end();
}

std::size_t whole_blocks(std::string_view blocks, std::size_t count) {
  std::size_t end = 0;
  while (end < count) {
    std::uint32_t length = 0;
    for (std::size_t i = 4; i-- > 0;)
      length = length << 8 | static_cast<std::uint8_t>(blocks[end + 4 + i]);
    if (end + length > count) break;
    end += length;
  }
  return end;
}

std::size_t packet_block_size(std::size_t frame_size) {
  return kPacketOverhead + (frame_size + 3) / 4 * 4;
}

}  // namespace junctor::dp::pcapng
