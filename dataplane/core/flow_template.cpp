// SPDX-License-Identifier: MIT
#include "dataplane/core/flow_template.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/core/wire.hpp"

namespace junctor::dp {
namespace {

void copy(const IpAddress& address, Octets16& out) {
  out = {};
  const Bytes octets = address.bytes();
  std::copy(octets.begin(), octets.end(), out.begin());
}

std::uint32_t network_v4(const IpAddress& address) { return wire::swap(address.v4()); }

void fill_next_hop(const NextHop& hop, FlowHead& head) {
  std::copy(hop.destination.begin(), hop.destination.end(), head.macs.begin());
  std::copy(hop.source.begin(), hop.source.end(), head.macs.begin() + 6);
  head.vlan = wire::swap(hop.vlan);
  head.port = static_cast<std::uint8_t>(hop.port.value());
}

}  // namespace

Result<void> check(const FlowTemplate& flow, unsigned ports) {
  const std::string where = flow.local.text();
  if (!flow.local || flow.local.port == 0)
    return Error{where, "a flow needs a local address and port"};
  if (!flow.rtcp_mux && flow.local.port == 65535)
    return Error{where, "there is no port above it for RTCP"};
  if (!flow.out) return {};
  const auto& out = *flow.out;
  if (!out.from || !out.to || out.from.port == 0 || out.to.port == 0)
    return Error{where, "both addresses of the sending side need an IP address and a port"};
  if (out.from.ip.family() != out.to.ip.family())
    return Error{where, "sends from " + out.from.text() + " to another family, " + out.to.text()};
  if (out.dscp > 63) return Error{where, "DSCP is outside 0..63"};
  for (const std::uint8_t type : out.payload_type)
    if (type > 127 && type != kNoPayloadType) return Error{where, "payload type is outside 0..127"};
  if (!out.next_hop) return {};
  if (out.next_hop->port.value() >= ports)
    return Error{where, "next hop on a port that does not exist"};
  if (out.next_hop->vlan > 4094) return Error{where, "VLAN of the next hop is outside 1..4094"};
  return {};
}

std::uint16_t constant_ip_sum(const FlowHead& head) {
  std::uint64_t sum = 0x45u | static_cast<unsigned>(head.traffic_class) << 8;
  sum += wire::kDontFragment;
  sum += wire::kHopLimit | static_cast<unsigned>(wire::kProtoUdp) << 8;
  sum += static_cast<std::uint64_t>(head.from_v4) + head.to_v4;
  return wire::fold(sum);
}

void fill(const FlowTemplate& flow, std::uint16_t payload_map, FlowHead& head, FlowRare& rare) {
  unsigned flags = 0;
  head.payload_map = payload_map;
  if (flow.receive) flags |= FlowHead::kReceive;
  if (flow.may_learn) flags |= FlowHead::kMayLearn;
  if (flow.to_control && !flow.out) flags |= FlowHead::kToControl;
  copy(flow.expected.ip, rare.expected);
  rare.expected_port = flow.expected ? wire::swap(flow.expected.port) : std::uint16_t{0};
  rare.expected_v6 = flow.expected.ip.is_v6();
  rare.learn = flow.learn;
  if (flow.out) {
    const auto& out = *flow.out;
    flags |= FlowHead::kSends;
    head.traffic_class = static_cast<std::uint8_t>(out.dscp << 2);
    head.ssrc = wire::swap(out.ssrc);
    head.from_port = wire::swap(out.from.port);
    head.to_port = wire::swap(out.to.port);
    if (out.from.ip.is_v6()) {
      flags |= FlowHead::kOutV6;
      copy(out.from.ip, rare.from);
      copy(out.to.ip, rare.to);
    } else {
      head.from_v4 = network_v4(out.from.ip);
      head.to_v4 = network_v4(out.to.ip);
      head.ip_sum = constant_ip_sum(head);
    }
    if (out.next_hop) {
      flags |= FlowHead::kResolved;
      fill_next_hop(*out.next_hop, head);
    }
  }
  head.flags.set(static_cast<std::uint8_t>(flags));
}

}  // namespace junctor::dp
