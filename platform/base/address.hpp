// SPDX-License-Identifier: MIT
// IP addresses and transport addresses, IPv4 and IPv6, as values.
//
// Errors    parse() takes numeric forms only; it never asks a resolver.
#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/bytes.hpp"

namespace junctor {

enum class Family : std::uint8_t { None, V4, V6 };

class IpAddress {
 public:
  // No address: family() is None.
  constexpr IpAddress() = default;

  // From 4 or 16 octets in network order; no address for any other length.
  static IpAddress from_bytes(Bytes octets);
  // "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; no zone, no port.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::V4; }
  bool is_v6() const { return family_ == Family::V6; }
  explicit operator bool() const { return family_ != Family::None; }
  bool is_unspecified() const;  // 0.0.0.0 or ::, and no address
  bool is_multicast() const;
  bool is_loopback() const;  // 127.0.0.0/8, ::1

  // 4 or 16 octets in network order, or none.
  Bytes bytes() const;
  // Host order; only for IPv4.
  std::uint32_t v4() const { return load_be32(octets_.data()); }
  // "192.0.2.1", "2001:db8::1" (RFC 5952), "" for no address.
  std::string text() const;
  // As in a URI or a Via: IPv6 in brackets.
  std::string uri_text() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};  // IPv4 in the first four, the rest zero
  Family family_ = Family::None;
};

// An address with the length of its network: "192.0.2.1/24".
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;  // bits, 0..32 or 0..128

  // The length may be left out: then it is the whole address.
  static std::optional<IpPrefix> parse(std::string_view text);
  bool contains(const IpAddress& other) const;
  std::string text() const;

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

// An address with a UDP or TCP port.
struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  // "192.0.2.1:5060", "[2001:db8::1]:5060".
  static std::optional<SocketAddress> parse(std::string_view text);
  static SocketAddress from_sockaddr(const sockaddr* address);
  // Fills out and returns its length, 0 for no address.
  socklen_t to_sockaddr(sockaddr_storage& out) const;
  explicit operator bool() const { return static_cast<bool>(ip); }
  std::string text() const;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

}  // namespace junctor

template <>
struct std::hash<junctor::IpAddress> {
  std::size_t operator()(const junctor::IpAddress& a) const noexcept;
};
template <>
struct std::hash<junctor::SocketAddress> {
  std::size_t operator()(const junctor::SocketAddress& a) const noexcept;
};
