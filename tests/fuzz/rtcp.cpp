// SPDX-License-Identifier: MIT
// RTP and RTCP: whatever comes to a media port. What is accepted lies within the packet; what a
// report says can be said again and read back.
#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/rtp/header.hpp"
#include "dataplane/rtp/rtcp.hpp"
#include "platform/base/assert.hpp"

namespace {

using namespace junctor;
using namespace junctor::dp;

bool is_within(Bytes outer, const void* begin, std::size_t size) {
  const auto* at = static_cast<const std::uint8_t*>(begin);
  return size == 0 || (at >= outer.data() && at + size <= outer.data() + outer.size());
}

void check_rtp(Bytes packet) {
  RtpHeader header;
  if (parse_rtp(packet, header) != RtpVerdict::Good) return;
  JUNCTOR_ASSERT(is_within(packet, header.payload.data(), header.payload.size()));
  JUNCTOR_ASSERT(header.payload.size() + kRtpHeaderBytes <= packet.size());
}

void check_rtcp(Bytes packet) {
  RtcpCompound in;
  if (parse_rtcp(packet, in) != RtcpVerdict::Good) return;
  JUNCTOR_ASSERT(in.block_count <= RtcpCompound::kMaxBlocks);
  JUNCTOR_ASSERT(is_within(packet, in.cname.data(), in.cname.size()));

  RtcpSend again;
  again.ssrc = in.ssrc;
  again.sender = in.sender;
  if (in.block_count > 0) again.block = in.blocks[0];
  again.cname = in.cname;
  again.bye = in.bye;
  std::array<std::uint8_t, kMaxRtcpBytes> buffer;
  const std::size_t size = build_rtcp(again, buffer);
  JUNCTOR_ASSERT(size > 0);
  RtcpCompound out;
  JUNCTOR_ASSERT(parse_rtcp(Bytes(buffer).first(size), out) == RtcpVerdict::Good);
  JUNCTOR_ASSERT(out.ssrc == in.ssrc && out.cname == in.cname && out.bye == in.bye);
  JUNCTOR_ASSERT(out.block_count == (in.block_count > 0 ? 1U : 0U));
  if (out.block_count > 0) {
    JUNCTOR_ASSERT(out.blocks[0].cumulative_lost == in.blocks[0].cumulative_lost);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_rtp({data, size});
  check_rtcp({data, size});
  return 0;
}
