// SPDX-License-Identifier: MIT
// Rtnetlink: a socket, and the messages that matter here in both directions. The only place that
// includes libmnl.
//
// Threads   one thread per socket.
// Errors    a refused request says the kernel's reason.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/control/network_mirror.hpp"
#include "platform/base/result.hpp"

struct mnl_socket;
struct nlmsghdr;

namespace junctor::dp {

struct KernelLink {
  int ifindex = 0;
  bool is_up = false;                      // administratively, and with carrier
  bool has_carrier = false;                // of a tap: a process holds it
  std::optional<MacAddress> mac;           // Ethernet's
  std::optional<std::uint32_t> tap_owner;  // of a tap: the user who may hold it
  std::string name;
  std::string alias;
};

struct KernelNeighbour {
  NeighbourKey key;
  NeighbourState state = NeighbourState::Unknown;
  bool is_permanent = false;
  bool has_mac = false;
  MacAddress mac{};
};

// Addresses and routes that we add carry this mark, so that a later start can tell them from the
// operator's own.
inline constexpr std::uint8_t kOurProtocol = 0x4a;
// The alias of interfaces that we make (`ip link` shows it).
inline constexpr const char* kOurAlias = "junctor-dataplane";

// An address or route of the kernel with its mark.
struct MarkedAddress {
  KernelAddress address;
  std::uint8_t protocol = 0;
};
struct MarkedRoute {
  KernelRouteEntry route;
  std::uint8_t protocol = 0;
};

class Netlink {
 public:
  enum class Read : std::uint8_t { Nothing, Some, Overrun };
  using OnMessage = std::function<void(const nlmsghdr& message)>;

  // With the multicast groups of everything that the mirror shows, or none.
  static Result<std::unique_ptr<Netlink>> open(bool with_events);
  ~Netlink();
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;

  int fd() const;

  // For the mirror: nothing waits. Reads one buffer of messages.
  Read read(const OnMessage& on_message);
  // Asks for a table (RTM_GETLINK, ...); the answers and NLMSG_DONE carry the sequence number that
  // is returned, 0 if the kernel did not take the question.
  std::uint32_t ask(std::uint16_t type, std::uint8_t family);

  // On a socket without events: wait for the kernel's answer, which is there when it has the
  // question.
  Result<void> dump(std::uint16_t type, std::uint8_t family, const OnMessage& on_message);
  Result<void> set_link(int ifindex, std::uint32_t mtu, const MacAddress& mac);
  Result<void> set_mac(int ifindex, const MacAddress& mac);
  // Makes the kernel resolve or confirm a neighbour (NTF_USE).
  Result<void> nudge(const NeighbourKey& key);
  Result<void> set_alias(int ifindex, const char* alias);
  Result<void> set_link_up(int ifindex);
  Result<void> add_address(int ifindex, const IpPrefix& address);
  Result<void> drop_address(int ifindex, const IpPrefix& address);
  Result<void> add_route(int ifindex, const IpPrefix& destination, const IpAddress& gateway);
  Result<void> drop_route(int ifindex, const IpPrefix& destination, const IpAddress& gateway);

 private:
  explicit Netlink(mnl_socket* socket) : socket_(socket) {}
  Result<void> request(nlmsghdr* message, const OnMessage& on_message);
  Result<void> change_address(std::uint16_t type, std::uint16_t flags, int ifindex,
                              const IpPrefix& address);
  Result<void> change_route(std::uint16_t type, std::uint16_t flags, int ifindex,
                            const IpPrefix& destination, const IpAddress& gateway);

  mnl_socket* socket_;
  std::uint32_t sequence_ = 0;
};

// What a message says; none if it is of another kind, or concerns another table than the main one.
std::optional<KernelLink> decode_link(const nlmsghdr& message);
std::optional<MarkedAddress> decode_address(const nlmsghdr& message);
std::optional<MarkedRoute> decode_route(const nlmsghdr& message);
std::optional<KernelNeighbour> decode_neighbour(const nlmsghdr& message);

}  // namespace junctor::dp
