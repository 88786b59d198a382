// SPDX-License-Identifier: MIT
#include "dataplane/control/netlink.hpp"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace junctor::dp {
namespace {

constexpr std::size_t kReadBytes = 32768;
constexpr int kReceiveBufferBytes = 4 << 20;

Family family_of(std::uint8_t family) {
  if (family == AF_INET) return Family::V4;
  return family == AF_INET6 ? Family::V6 : Family::None;
}
std::uint8_t family_of(const IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

IpAddress any_address(Family family) {
  constexpr std::array<std::uint8_t, 16> kZeros{};
  return IpAddress::from_bytes(Bytes(kZeros).first(family == Family::V4 ? 4 : 16));
}

IpAddress address_of(const nlattr* attr) {
  return IpAddress::from_bytes({static_cast<const std::uint8_t*>(mnl_attr_get_payload(attr)),
                                mnl_attr_get_payload_len(attr)});
}

bool has_u32(const nlattr* attr) { return mnl_attr_get_payload_len(attr) >= sizeof(std::uint32_t); }

void put_ip(nlmsghdr* message, std::uint16_t type, const IpAddress& address) {
  mnl_attr_put(message, type, address.bytes().size(), address.bytes().data());
}

// Calls take(type, attribute) for each attribute in a buffer, or after a message's fixed header.
template <typename Take>
void each_attribute(const std::uint8_t* begin, std::size_t size, Take&& take) {
  const auto* attr = reinterpret_cast<const nlattr*>(begin);
  auto left = static_cast<int>(size);
  while (mnl_attr_ok(attr, left)) {
    take(mnl_attr_get_type(attr), attr);
    left -= MNL_ALIGN(attr->nla_len);
    attr = mnl_attr_next(attr);
  }
}
template <typename Header, typename Take>
void each_attribute(const nlmsghdr& message, Take&& take) {
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(Header)) return;
  const auto* begin = static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(&message));
  const std::size_t fixed = MNL_ALIGN(sizeof(Header));
  const std::size_t size = mnl_nlmsg_get_payload_len(&message);
  if (size > fixed) each_attribute(begin + fixed, size - fixed, take);
}
template <typename Header>
const Header* header_of(const nlmsghdr& message) {
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(Header)) return nullptr;
  return static_cast<const Header*>(mnl_nlmsg_get_payload(&message));
}

// The gateway may be of the other family (RFC 5549).
IpAddress via_of(const nlattr* attr) {
  const Bytes bytes{static_cast<const std::uint8_t*>(mnl_attr_get_payload(attr)),
                    mnl_attr_get_payload_len(attr)};
  return bytes.size() > 2 ? IpAddress::from_bytes(bytes.subspan(2)) : IpAddress{};
}

bool is_dead(unsigned flags) { return (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0; }

void add_multipath(const nlattr* attr, KernelRouteEntry& route) {
  const auto* at = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attr));
  std::size_t left = mnl_attr_get_payload_len(attr);
  while (left >= sizeof(rtnexthop)) {
    rtnexthop next;
    std::memcpy(&next, at, sizeof next);
    if (next.rtnh_len < sizeof(rtnexthop) || next.rtnh_len > left) return;
    RouteHop hop{next.rtnh_ifindex, {}, is_dead(next.rtnh_flags)};
    each_attribute(at + sizeof(rtnexthop), next.rtnh_len - sizeof(rtnexthop),
                   [&hop](unsigned type, const nlattr* inner) {
                     if (type == RTA_GATEWAY) hop.gateway = address_of(inner);
                     if (type == RTA_VIA) hop.gateway = via_of(inner);
                   });
    route.hops.push_back(hop);
    const std::size_t step = std::min<std::size_t>(left, RTNH_ALIGN(next.rtnh_len));
    at += step;
    left -= step;
  }
}

NeighbourState state_of(std::uint16_t state) {
  if ((state & NUD_FAILED) != 0) return NeighbourState::Failed;
  if ((state & NUD_STALE) != 0) return NeighbourState::Stale;
  if ((state & (NUD_REACHABLE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)) != 0) {
    return NeighbourState::Reachable;
  }
  return NeighbourState::Unknown;
}

// A change of an interface: these of its flags are set.
nlmsghdr* put_link(char* buffer, int ifindex, unsigned flags = 0) {
  nlmsghdr* message = mnl_nlmsg_put_header(buffer);
  message->nlmsg_type = RTM_NEWLINK;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
  header->ifi_index = ifindex;
  header->ifi_flags = flags;
  header->ifi_change = flags;
  return message;
}

Error kernel_error(int number) { return {"kernel", std::strerror(number)}; }

}  // namespace

Result<std::unique_ptr<Netlink>> Netlink::open(bool with_events) {
  mnl_socket* socket =
      mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | (with_events ? SOCK_NONBLOCK : 0));
  if (socket == nullptr) return kernel_error(errno);
  std::unique_ptr<Netlink> self(new Netlink(socket));
  const unsigned groups = with_events
                              ? RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR |
                                    RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE
                              : 0;
  if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0) return kernel_error(errno);
  if (with_events) {
    // As root beyond the system's limit; else as much as it allows.
    const int fd = mnl_socket_get_fd(socket);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof(int)) != 0) {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(int));
    }
  }
  return self;
}

Netlink::~Netlink() { mnl_socket_close(socket_); }

int Netlink::fd() const { return mnl_socket_get_fd(socket_); }

Netlink::Read Netlink::read(const OnMessage& on_message) {
  alignas(nlmsghdr) std::array<char, kReadBytes> buffer;
  const ssize_t got = mnl_socket_recvfrom(socket_, buffer.data(), buffer.size());
  if (got < 0) return errno == ENOBUFS ? Read::Overrun : Read::Nothing;
  int left = static_cast<int>(got);
  const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
    on_message(*message);
  return Read::Some;
}

std::uint32_t Netlink::ask(std::uint16_t type, std::uint8_t family) {
  alignas(nlmsghdr) std::array<char, 256> buffer;
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message->nlmsg_seq = ++sequence_ == 0 ? ++sequence_ : sequence_;
  auto* header = static_cast<rtgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
  header->rtgen_family = family;
  if (mnl_socket_sendto(socket_, message, message->nlmsg_len) < 0) return 0;
  return message->nlmsg_seq;
}

Result<void> Netlink::request(nlmsghdr* message, const OnMessage& on_message) {
  message->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_, message, message->nlmsg_len) < 0) return kernel_error(errno);
  for (;;) {
    bool is_done = false;
    int error = 0;
    const Read got = read([&](const nlmsghdr& answer) {
      if (answer.nlmsg_seq != sequence_) return;
      if (answer.nlmsg_type == NLMSG_DONE) {
        is_done = true;
      } else if (answer.nlmsg_type == NLMSG_ERROR) {
        is_done = true;
        if (const auto* reason = header_of<nlmsgerr>(answer)) error = -reason->error;
      } else if (on_message) {
        on_message(answer);
      }
    });
    if (got != Read::Some) return kernel_error(errno);
    if (error != 0) return kernel_error(error);
    if (is_done) return {};
  }
}

Result<void> Netlink::dump(std::uint16_t type, std::uint8_t family, const OnMessage& on_message) {
  alignas(nlmsghdr) std::array<char, 256> buffer;
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* header = static_cast<rtgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
  header->rtgen_family = family;
  return request(message, on_message);
}

Result<void> Netlink::set_link(int ifindex, std::uint32_t mtu, const MacAddress& mac) {
  alignas(nlmsghdr) std::array<char, 512> buffer;
  nlmsghdr* message = put_link(buffer.data(), ifindex);
  mnl_attr_put(message, IFLA_ADDRESS, mac.size(), mac.data());
  mnl_attr_put_u32(message, IFLA_MTU, mtu);
  return request(message, {});
}

Result<void> Netlink::nudge(const NeighbourKey& key) {
  alignas(nlmsghdr) std::array<char, 256> buffer;
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = RTM_NEWNEIGH;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
  auto* header = static_cast<ndmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ndmsg)));
  header->ndm_family = family_of(key.address);
  header->ndm_ifindex = key.ifindex;
  header->ndm_state = NUD_NONE;
  header->ndm_flags = NTF_USE;
  put_ip(message, NDA_DST, key.address);
  return request(message, {});
}

Result<void> Netlink::set_mac(int ifindex, const MacAddress& mac) {
  alignas(nlmsghdr) std::array<char, 256> buffer;
  nlmsghdr* message = put_link(buffer.data(), ifindex);
  mnl_attr_put(message, IFLA_ADDRESS, mac.size(), mac.data());
  return request(message, {});
}

Result<void> Netlink::set_alias(int ifindex, const char* alias) {
  alignas(nlmsghdr) std::array<char, 512> buffer;
  nlmsghdr* message = put_link(buffer.data(), ifindex);
  mnl_attr_put_str(message, IFLA_IFALIAS, alias);
  return request(message, {});
}

Result<void> Netlink::set_link_up(int ifindex) {
  alignas(nlmsghdr) std::array<char, 512> buffer;
  nlmsghdr* message = put_link(buffer.data(), ifindex, IFF_UP);
  return request(message, {});
}

Result<void> Netlink::change_address(std::uint16_t type, std::uint16_t flags, int ifindex,
                                     const IpPrefix& address) {
  alignas(nlmsghdr) std::array<char, 512> buffer;
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  auto* header = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
  header->ifa_family = family_of(address.address);
  header->ifa_prefixlen = address.length;
  header->ifa_index = static_cast<std::uint32_t>(ifindex);
  header->ifa_scope = RT_SCOPE_UNIVERSE;
  put_ip(message, IFA_LOCAL, address.address);
  put_ip(message, IFA_ADDRESS, address.address);
  if (type == RTM_NEWADDR) {
    // No duplicate address detection: it would keep the address from use for a second after each
    // start.
    mnl_attr_put_u32(message, IFA_FLAGS, address.address.is_v6() ? IFA_F_NODAD : 0);
    mnl_attr_put_u8(message, IFA_PROTO, kOurProtocol);
  }
  return request(message, {});
}

Result<void> Netlink::add_address(int ifindex, const IpPrefix& address) {
  return change_address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, address);
}
Result<void> Netlink::drop_address(int ifindex, const IpPrefix& address) {
  return change_address(RTM_DELADDR, 0, ifindex, address);
}

Result<void> Netlink::change_route(std::uint16_t type, std::uint16_t flags, int ifindex,
                                   const IpPrefix& destination, const IpAddress& gateway) {
  alignas(nlmsghdr) std::array<char, 512> buffer;
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
  header->rtm_family = family_of(destination.address);
  header->rtm_dst_len = destination.length;
  header->rtm_table = RT_TABLE_MAIN;
  header->rtm_protocol = kOurProtocol;
  header->rtm_scope = RT_SCOPE_UNIVERSE;
  header->rtm_type = RTN_UNICAST;
  put_ip(message, RTA_DST, destination.address);
  put_ip(message, RTA_GATEWAY, gateway);
  mnl_attr_put_u32(message, RTA_OIF, static_cast<std::uint32_t>(ifindex));
  return request(message, {});
}

Result<void> Netlink::add_route(int ifindex, const IpPrefix& destination,
                                const IpAddress& gateway) {
  return change_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, ifindex, destination, gateway);
}
Result<void> Netlink::drop_route(int ifindex, const IpPrefix& destination,
                                 const IpAddress& gateway) {
  return change_route(RTM_DELROUTE, 0, ifindex, destination, gateway);
}

namespace {

// IFLA_LINKINFO: kind "tun" | data: owner, ...
void read_tap(const nlattr* info, KernelLink& link) {
  bool is_tap = false;
  const nlattr* data = nullptr;
  const auto each = [](const nlattr* nest, auto&& take) {
    each_attribute(static_cast<const std::uint8_t*>(mnl_attr_get_payload(nest)),
                   mnl_attr_get_payload_len(nest), take);
  };
  each(info, [&](unsigned type, const nlattr* attr) {
    if (type == IFLA_INFO_KIND)
      is_tap = std::string_view(mnl_attr_get_str(attr), mnl_attr_get_payload_len(attr)) ==
               std::string_view("tun", 4);
    if (type == IFLA_INFO_DATA) data = attr;
  });
  if (!is_tap || data == nullptr) return;
  each(data, [&link](unsigned type, const nlattr* attr) {
    if (type == IFLA_TUN_OWNER && has_u32(attr)) link.tap_owner = mnl_attr_get_u32(attr);
  });
}

}  // namespace

std::optional<KernelLink> decode_link(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWLINK) return std::nullopt;
  const auto* header = header_of<ifinfomsg>(message);
  if (header == nullptr) return std::nullopt;
  constexpr unsigned kUp = IFF_UP | IFF_RUNNING;
  KernelLink out;
  out.ifindex = header->ifi_index;
  out.is_up = (header->ifi_flags & kUp) == kUp;
  each_attribute<ifinfomsg>(message, [&out](unsigned type, const nlattr* attr) {
    if (type == IFLA_IFNAME) out.name = mnl_attr_get_str(attr);
    if (type == IFLA_IFALIAS) out.alias = mnl_attr_get_str(attr);
    if (type == IFLA_LINKINFO) read_tap(attr, out);
    if (type == IFLA_CARRIER && mnl_attr_get_payload_len(attr) >= 1)
      out.has_carrier = mnl_attr_get_u8(attr) != 0;
    if (type == IFLA_ADDRESS && mnl_attr_get_payload_len(attr) == MacAddress{}.size())
      std::memcpy(out.mac.emplace().data(), mnl_attr_get_payload(attr), MacAddress{}.size());
  });
  return out;
}

std::optional<MarkedAddress> decode_address(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWADDR) return std::nullopt;
  const auto* header = header_of<ifaddrmsg>(message);
  if (header == nullptr || family_of(header->ifa_family) == Family::None) return std::nullopt;
  MarkedAddress out;
  IpAddress local, peer;
  each_attribute<ifaddrmsg>(message, [&](unsigned type, const nlattr* attr) {
    if (type == IFA_LOCAL) local = address_of(attr);
    if (type == IFA_ADDRESS) peer = address_of(attr);
    if (type == IFA_PROTO && mnl_attr_get_payload_len(attr) >= 1)
      out.protocol = mnl_attr_get_u8(attr);
  });
  out.address.ifindex = static_cast<int>(header->ifa_index);
  out.address.address = {local ? local : peer, header->ifa_prefixlen};
  out.address.is_global = header->ifa_scope == RT_SCOPE_UNIVERSE;
  if (!out.address.address.address) return std::nullopt;
  return out;
}

std::optional<MarkedRoute> decode_route(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWROUTE) return std::nullopt;
  const auto* header = header_of<rtmsg>(message);
  if (header == nullptr || family_of(header->rtm_family) == Family::None) return std::nullopt;
  if ((header->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  std::uint32_t table = header->rtm_table;
  MarkedRoute out;
  KernelRouteEntry& route = out.route;
  route.destination = {any_address(family_of(header->rtm_family)), header->rtm_dst_len};
  route.is_unicast = header->rtm_type == RTN_UNICAST;
  out.protocol = header->rtm_protocol;
  RouteHop hop{0, {}, is_dead(header->rtm_flags)};
  each_attribute<rtmsg>(message, [&](unsigned type, const nlattr* attr) {
    if (type == RTA_TABLE && has_u32(attr)) table = mnl_attr_get_u32(attr);
    if (type == RTA_DST) route.destination.address = address_of(attr);
    if (type == RTA_PRIORITY && has_u32(attr)) route.metric = mnl_attr_get_u32(attr);
    if (type == RTA_OIF && has_u32(attr)) hop.ifindex = static_cast<int>(mnl_attr_get_u32(attr));
    if (type == RTA_GATEWAY) hop.gateway = address_of(attr);
    if (type == RTA_VIA) hop.gateway = via_of(attr);
    if (type == RTA_MULTIPATH) add_multipath(attr, route);
  });
  if (table != RT_TABLE_MAIN) return std::nullopt;
  if (hop.ifindex != 0 && route.hops.empty()) route.hops.push_back(hop);
  return out;
}

std::optional<KernelNeighbour> decode_neighbour(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWNEIGH && message.nlmsg_type != RTM_DELNEIGH) return std::nullopt;
  const auto* header = header_of<ndmsg>(message);
  if (header == nullptr || family_of(header->ndm_family) == Family::None) return std::nullopt;
  KernelNeighbour out;
  out.key.ifindex = header->ndm_ifindex;
  out.state = state_of(header->ndm_state);
  out.is_permanent = (header->ndm_state & NUD_PERMANENT) != 0;
  each_attribute<ndmsg>(message, [&](unsigned type, const nlattr* attr) {
    if (type == NDA_DST) out.key.address = address_of(attr);
    if (type == NDA_LLADDR && mnl_attr_get_payload_len(attr) == out.mac.size()) {
      std::memcpy(out.mac.data(), mnl_attr_get_payload(attr), out.mac.size());
      out.has_mac = true;
    }
  });
  if (!out.key.address) return std::nullopt;
  return out;
}

}  // namespace junctor::dp
