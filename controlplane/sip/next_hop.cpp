// SPDX-License-Identifier: MIT
#include "controlplane/sip/next_hop.hpp"

#include <strings.h>

#include "controlplane/sip/uri.hpp"

namespace junctor::cp {
namespace {

std::optional<Transport> transport_of(const Uri& uri) {
  const auto name = uri.param("transport");
  if (!name) return std::nullopt;
  const auto is = [&](std::string_view other) {
    return name->size() == other.size() &&
           strncasecmp(name->data(), other.data(), other.size()) == 0;
  };
  if (is("udp")) return Transport::Udp;
  if (is("tcp")) return Transport::Tcp;
  return std::nullopt;
}

bool is_loose(std::string_view route) {
  const auto address = NameAddr::parse(route);
  return address && address->uri.param("lr").has_value();
}

// "<sip:x;lr>" of "Proxy <sip:x;lr>;foo".
std::string_view uri_text_of(std::string_view value) {
  const auto address = NameAddr::parse(value);
  return address ? address->uri_text : value;
}

}  // namespace

Hop hop_of_uri(const Hop& fallback, std::string_view uri_or_address) {
  const auto address = NameAddr::parse(uri_or_address);
  if (!address || !address->uri.is_sip()) return fallback;
  const Uri& uri = address->uri;
  const auto ip = IpAddress::parse(uri.param("maddr").value_or(uri.host));
  if (!ip || ip->is_unspecified() || ip->is_multicast() ||
      ip->family() != fallback.peer.ip.family()) {
    return fallback;
  }
  Hop hop = fallback;
  hop.peer = {*ip, uri.port != 0 ? uri.port : std::uint16_t{5060}};
  // Without a transport parameter it stays what the dialog runs on: the trunk said so.
  if (const auto transport = transport_of(uri)) hop.transport = *transport;
  return hop;
}

Hop next_hop(const Hop& fallback, std::span<const std::string> route_set,
             std::string_view remote_target) {
  return hop_of_uri(fallback,
                    route_set.empty() ? remote_target : std::string_view(route_set.front()));
}

void apply_route_set(interop::Message& request, std::span<const std::string> route_set,
                     std::string_view remote_target) {
  request.remove("Route");
  const std::string target(uri_text_of(remote_target));
  if (route_set.empty() || is_loose(route_set.front())) {
    request.set_request_uri(target);
    for (const std::string& route : route_set) request.add("Route", route);
    return;
  }
  // A strict router finds itself in the Request-URI, and the target last.
  request.set_request_uri(std::string(uri_text_of(route_set.front())));
  for (const std::string& route : route_set.subspan(1)) request.add("Route", route);
  request.add("Route", '<' + target + '>');
}

std::vector<std::string> split_values(const interop::Message& message, std::string_view name) {
  std::vector<std::string> values;
  for (std::string_view value : message.get_all(name)) {
    bool quoted = false;
    int depth = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= value.size(); ++i) {
      const char c = i < value.size() ? value[i] : ',';
      if (quoted && c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '<') {
        ++depth;
      } else if (!quoted && c == '>') {
        --depth;
      }
      if (i < value.size() && (c != ',' || quoted || depth > 0)) continue;
      std::string_view one = value.substr(start, std::min(i, value.size()) - start);
      while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
      while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
      if (!one.empty()) values.emplace_back(one);
      start = i + 1;
    }
  }
  return values;
}

std::string route_url(const Hop& hop) {
  std::string url =
      "sip:" + hop.peer.ip.uri_text() + ':' + std::to_string(hop.peer.port) + ";transport=";
  return url += transport_name(hop.transport);
}

}  // namespace junctor::cp
