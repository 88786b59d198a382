// SPDX-License-Identifier: MIT
#include "platform/base/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace junctor {
namespace {

template <typename Int>
std::optional<Int> parse_number(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return {};
  return static_cast<Int>(value);
}

}  // namespace

IpAddress IpAddress::from_bytes(Bytes octets) {
  IpAddress a;
  if (octets.size() == 4) a.family_ = Family::V4;
  if (octets.size() == 16) a.family_ = Family::V6;
  if (a) std::copy(octets.begin(), octets.end(), a.octets_.begin());
  return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    if (text.find(':') == std::string_view::npos) return {};
  }
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer) return {};
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  if (std::memchr(buffer, '\0', text.size()) != nullptr) return {};
  std::uint8_t octets[16];
  if (inet_pton(AF_INET, buffer, octets) == 1) return from_bytes({octets, 4});
  if (inet_pton(AF_INET6, buffer, octets) == 1) return from_bytes({octets, 16});
  return {};
}

bool IpAddress::is_unspecified() const {
  return std::all_of(octets_.begin(), octets_.end(), [](std::uint8_t o) { return o == 0; });
}

bool IpAddress::is_multicast() const {
  return is_v4() ? octets_[0] >> 4 == 0xe : is_v6() && octets_[0] == 0xff;
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return octets_[0] == 127;
  constexpr std::array<std::uint8_t, 16> kOne{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return is_v6() && octets_ == kOne;
}

Bytes IpAddress::bytes() const {
  if (family_ == Family::None) return {};
  return {octets_.data(), is_v4() ? std::size_t{4} : std::size_t{16}};
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN];
  if (family_ == Family::None) return {};
  return inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), buffer, sizeof buffer);
}

std::string IpAddress::uri_text() const { return is_v6() ? "[" + text() + "]" : text(); }

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return {};
  const unsigned bits = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpPrefix{*address, static_cast<std::uint8_t>(bits)};
  const auto length = parse_number<std::uint8_t>(text.substr(slash + 1), bits);
  if (!length) return {};
  return IpPrefix{*address, *length};
}

bool IpPrefix::contains(const IpAddress& other) const {
  if (other.family() != address.family() || !other) return false;
  const Bytes a = address.bytes();
  const Bytes b = other.bytes();
  const std::size_t whole = length / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
    return false;
  const unsigned rest = length % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

std::string IpPrefix::text() const { return address.text() + "/" + std::to_string(length); }

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != std::string_view::npos && host.front() != '[') return {};
  const auto ip = IpAddress::parse(host);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), 65535);
  if (!ip || !port) return {};
  return SocketAddress{*ip, *port};
}

SocketAddress SocketAddress::from_sockaddr(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return {IpAddress::from_bytes({reinterpret_cast<std::uint8_t*>(&in.sin_addr), 4}),
            ntohs(in.sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof in);
    const auto* octets = reinterpret_cast<std::uint8_t*>(&in.sin6_addr);
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
      return {IpAddress::from_bytes({octets + 12, 4}), ntohs(in.sin6_port)};
    }
    return {IpAddress::from_bytes({octets, 16}), ntohs(in.sin6_port)};
  }
  return {};
}

socklen_t SocketAddress::to_sockaddr(sockaddr_storage& out) const {
  std::memset(&out, 0, sizeof out);
  if (ip.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(out);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, ip.bytes().data(), 4);
    return sizeof in;
  }
  if (ip.is_v6()) {
    auto& in = reinterpret_cast<sockaddr_in6&>(out);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, ip.bytes().data(), 16);
    return sizeof in;
  }
  return 0;
}

std::string SocketAddress::text() const { return ip.uri_text() + ":" + std::to_string(port); }

}  // namespace junctor

std::size_t std::hash<junctor::IpAddress>::operator()(const junctor::IpAddress& a) const noexcept {
  return std::hash<std::string_view>{}(junctor::as_text(a.bytes()));
}

std::size_t std::hash<junctor::SocketAddress>::operator()(
    const junctor::SocketAddress& a) const noexcept {
  return std::hash<junctor::IpAddress>{}(a.ip) * 31 + a.port;
}
