// SPDX-License-Identifier: MIT
#include "dataplane/rtp/rtcp.hpp"

#include <algorithm>

namespace junctor::dp {
namespace {

enum PacketType : std::uint8_t { kSr = 200, kRr = 201, kSdes = 202, kBye = 203, kXr = 207 };

constexpr std::size_t kBlockBytes = 24;
constexpr std::size_t kSenderBytes = 20;

ReportBlock read_block(Reader& in) {
  ReportBlock block;
  block.ssrc = in.u32();
  block.fraction_lost = in.u8();
  const std::uint32_t lost = in.u24();
  // 24 bits with sign.
  block.cumulative_lost = static_cast<std::int32_t>(lost << 8) >> 8;
  block.highest_sequence = in.u32();
  block.jitter = in.u32();
  block.lsr = in.u32();
  block.dlsr = in.u32();
  return block;
}

// SR and RR (sections 6.4.1, 6.4.2). What follows the blocks is a profile's extension.
RtcpVerdict read_report(Bytes body, bool sender, unsigned count, bool first, RtcpCompound& out) {
  Reader in(body);
  const std::uint32_t ssrc = in.u32();
  if (first) out.ssrc = ssrc;
  if (sender) {
    SenderInfo info;
    info.ntp = static_cast<std::uint64_t>(in.u32()) << 32;
    info.ntp |= in.u32();
    info.rtp_timestamp = in.u32();
    info.packets = in.u32();
    info.octets = in.u32();
    if (in.ok() && !out.sender) out.sender = info;
  }
  for (unsigned i = 0; i < count && in.ok(); ++i) {
    const ReportBlock block = read_block(in);
    if (in.ok() && out.block_count < RtcpCompound::kMaxBlocks) {
      out.blocks[out.block_count++] = block;
    }
  }
  return in.ok() ? RtcpVerdict::Good : RtcpVerdict::BadReport;
}

// SDES (section 6.5): chunks of SSRC and items, each chunk ended by a zero octet up to a 32-bit
// boundary.
RtcpVerdict read_sdes(Bytes body, unsigned count, RtcpCompound& out) {
  constexpr std::uint8_t kCname = 1;
  Reader in(body);
  for (unsigned chunk = 0; chunk < count; ++chunk) {
    in.u32();
    for (;;) {
      const std::uint8_t item = in.u8();
      if (!in.ok()) return RtcpVerdict::BadSdes;
      if (item == 0) break;
      const Bytes text = in.take(in.u8());
      if (!in.ok()) return RtcpVerdict::BadSdes;
      if (item == kCname && out.cname.empty()) out.cname = as_text(text);
    }
    const std::size_t at = body.size() - in.left();
    in.take((4 - at % 4) % 4);
    if (!in.ok()) return RtcpVerdict::BadSdes;
  }
  return RtcpVerdict::Good;
}

// XR (RFC 3611, section 2): blocks of type, something, length. One that does not fit ends the
// reading: the packet's own frame is sound, and nothing but the VoIP metrics is wanted of it.
void read_xr(Bytes body, RtcpCompound& out) {
  constexpr std::uint8_t kVoipMetrics = 7;
  constexpr std::size_t kVoipBytes = 32;
  Reader in(body);
  in.u32();
  while (in.ok() && in.left() >= 4) {
    const std::uint8_t type = in.u8();
    in.u8();
    const Bytes block = in.take(std::size_t{4} * in.u16());
    if (!in.ok() || type != kVoipMetrics || block.size() != kVoipBytes) continue;
    out.voip = VoipMetrics{load_be32(block.data()), block[4], block[5], block[20], block[22]};
  }
}

struct Packet {
  std::uint8_t type = 0;
  unsigned count = 0;
  Bytes body;  // after the common header, without padding
};

// Takes the next packet off the front of rest.
RtcpVerdict next_packet(Bytes& rest, Packet& out) {
  if (rest.size() < 4) return RtcpVerdict::BadLength;
  if (rest[0] >> 6 != 2) return RtcpVerdict::BadVersion;
  const std::size_t size = (std::size_t{load_be16(&rest[2])} + 1) * 4;
  if (size > rest.size()) return RtcpVerdict::BadLength;
  std::size_t padding = 0;
  if ((rest[0] & 0x20) != 0) {
    // Only the last packet may be padded.
    padding = rest[size - 1];
    if (size != rest.size() || padding == 0 || padding > size - 4) return RtcpVerdict::BadPadding;
  }
  out.type = rest[1];
  out.count = rest[0] & 0x1f;
  out.body = rest.subspan(4, size - 4 - padding);
  rest = rest.subspan(size);
  return RtcpVerdict::Good;
}

RtcpVerdict read_packet(const Packet& packet, bool first, RtcpCompound& out) {
  switch (packet.type) {
    case kSr:
    case kRr:
      return read_report(packet.body, packet.type == kSr, packet.count, first, out);
    case kSdes:
      return read_sdes(packet.body, packet.count, out);
    case kBye:
      out.bye = true;
      return RtcpVerdict::Good;
    case kXr:
      read_xr(packet.body, out);
      ++out.ignored;
      return RtcpVerdict::Good;
    default:
      ++out.ignored;
      return RtcpVerdict::Good;
  }
}

// Writes front to back; the caller has checked the room.
class Writer {
 public:
  explicit Writer(std::uint8_t* out) : begin_(out), at_(out) {}

  void u8(std::uint8_t v) { *at_++ = v; }
  void u16(std::uint16_t v) {
    store_be16(at_, v);
    at_ += 2;
  }
  void u32(std::uint32_t v) {
    store_be32(at_, v);
    at_ += 4;
  }
  void bytes(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
  void header(unsigned count, std::uint8_t type, std::size_t bytes_after) {
    u8(static_cast<std::uint8_t>(0x80 | count));
    u8(type);
    u16(static_cast<std::uint16_t>(bytes_after / 4));
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  std::uint8_t* begin_;
  std::uint8_t* at_;
};

void write_report(const RtcpSend& what, Writer& out) {
  const std::size_t sender = what.sender ? kSenderBytes : 0;
  const std::size_t block = what.block ? kBlockBytes : 0;
  out.header(what.block ? 1 : 0, what.sender ? kSr : kRr, 4 + sender + block);
  out.u32(what.ssrc);
  if (what.sender) {
    out.u32(static_cast<std::uint32_t>(what.sender->ntp >> 32));
    out.u32(static_cast<std::uint32_t>(what.sender->ntp));
    out.u32(what.sender->rtp_timestamp);
    out.u32(what.sender->packets);
    out.u32(what.sender->octets);
  }
  if (what.block) {
    const auto lost = static_cast<std::uint32_t>(what.block->cumulative_lost) & 0xff'ffff;
    out.u32(what.block->ssrc);
    out.u32(static_cast<std::uint32_t>(what.block->fraction_lost) << 24 | lost);
    out.u32(what.block->highest_sequence);
    out.u32(what.block->jitter);
    out.u32(what.block->lsr);
    out.u32(what.block->dlsr);
  }
}

// A chunk with the CNAME alone: SSRC, item, and one to four zero octets up to the boundary.
constexpr std::size_t sdes_bytes(std::size_t cname) { return 4 + (2 + cname) / 4 * 4 + 4; }

void write_sdes(std::uint32_t ssrc, std::string_view cname, Writer& out) {
  const std::size_t chunk = sdes_bytes(cname.size());
  out.header(1, kSdes, chunk);
  out.u32(ssrc);
  out.u8(1);
  out.u8(static_cast<std::uint8_t>(cname.size()));
  out.bytes(cname);
  for (std::size_t i = 4 + 2 + cname.size(); i < chunk; ++i) out.u8(0);
}

}  // namespace

const ReportBlock* RtcpCompound::block_about(std::uint32_t own_ssrc) const {
  for (std::size_t i = 0; i < block_count; ++i) {
    if (blocks[i].ssrc == own_ssrc) return &blocks[i];
  }
  return nullptr;
}

RtcpVerdict parse_rtcp(Bytes packet, RtcpCompound& out) {
  out = RtcpCompound{};
  if (packet.size() < 8) return RtcpVerdict::TooShort;
  if (packet[0] >> 6 != 2) return RtcpVerdict::BadVersion;
  if (packet[1] != kSr && packet[1] != kRr) return RtcpVerdict::NotCompound;
  for (bool first = true; !packet.empty(); first = false) {
    Packet next;
    RtcpVerdict verdict = next_packet(packet, next);
    if (verdict == RtcpVerdict::Good) verdict = read_packet(next, first, out);
    if (verdict != RtcpVerdict::Good) return verdict;
  }
  return RtcpVerdict::Good;
}

std::size_t build_rtcp(const RtcpSend& what, MutableBytes out) {
  const std::string_view cname = what.cname.substr(0, 255);
  const std::size_t report = 8 + (what.sender ? kSenderBytes : 0) + (what.block ? kBlockBytes : 0);
  const std::size_t total = report + 4 + sdes_bytes(cname.size()) + (what.bye ? 8 : 0);
  if (out.size() < total) return 0;
  Writer writer(out.data());
  write_report(what, writer);
  write_sdes(what.ssrc, cname, writer);
  if (what.bye) {
    writer.header(1, kBye, 4);
    writer.u32(what.ssrc);
  }
  return writer.size();
}

std::uint8_t LossInterval::fraction_lost(std::uint64_t expected, std::uint64_t received) {
  const std::uint64_t expected_now = expected - expected_prior_;
  const std::uint64_t received_now = received - received_prior_;
  // Totals that went back belong to a new beginning (a flow installed anew).
  const bool fresh = expected < expected_prior_ || received < received_prior_;
  expected_prior_ = expected;
  received_prior_ = received;
  if (fresh || expected_now == 0 || expected_now <= received_now) return 0;
  // All lost is 256, which does not fit into the octet.
  return static_cast<std::uint8_t>(
      std::min<std::uint64_t>(255, ((expected_now - received_now) << 8) / expected_now));
}

std::int32_t cumulative_lost(std::uint64_t expected, std::uint64_t received) {
  const auto lost = static_cast<std::int64_t>(expected - received);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(lost, -0x80'0000, 0x7f'ffff));
}

}  // namespace junctor::dp
