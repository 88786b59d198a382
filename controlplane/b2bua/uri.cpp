// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/uri.hpp"

#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::same_text;
using interop::take_until;
using interop::to_lower;
using interop::trim;

namespace {

constexpr std::string_view kForbidden = " \t\r\n<>\"";

// Finds ";name" or ";name=value" among parameters.
std::optional<std::string_view> find_parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    std::string_view item = take_until(parameters, ';');
    const std::string_view key = trim(take_until(item, '='));
    if (same_text(key, name)) return trim(item);
  }
  return std::nullopt;
}

// Position of the first of `wanted` outside quotes, or npos.
std::size_t find_unquoted(std::string_view text, std::string_view wanted) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && wanted.find(text[i]) != std::string_view::npos) {
      return i;
    }
  }
  return std::string_view::npos;
}

// "host", "host:port", "[v6]:port" into the URI; false if it is none.
bool parse_host_port(std::string_view text, Uri& uri) {
  std::size_t end = text.find(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    end = close + 1;
  }
  uri.host = text.substr(0, end);
  if (uri.host.empty() || end >= text.size()) return !uri.host.empty();
  if (text[end] != ':') return false;
  const auto port = interop::parse_number<std::uint16_t>(text.substr(end + 1));
  uri.port = port.value_or(0);
  return port.has_value();
}

}  // namespace

std::optional<Uri> Uri::parse(std::string_view text) {
  text = trim(text);
  if (text.find_first_of(kForbidden) != std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Uri uri;
  uri.scheme = to_lower(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  if (uri.scheme == "tel") {
    uri.user = text.substr(0, text.find('?'));
    return uri.user.empty() ? std::nullopt : std::optional(uri);
  }
  if (uri.scheme != "sip" && uri.scheme != "sips") return std::nullopt;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    // A user may hold ';' and '?', so it is cut off first; a password is nobody's business.
    const std::string_view user = text.substr(0, at);
    uri.user = user.substr(0, user.find(':'));
    if (uri.user.empty()) return std::nullopt;
    text.remove_prefix(at + 1);
  }
  text = text.substr(0, text.find('?'));
  const std::size_t semicolon = text.find(';');
  if (semicolon != std::string_view::npos) uri.parameters = text.substr(semicolon);
  if (!parse_host_port(text.substr(0, semicolon), uri)) return std::nullopt;
  return uri;
}

std::string Uri::number() const { return user.substr(0, user.find(';')); }

bool Uri::has_parameter(std::string_view name) const {
  return find_parameter(parameters, name).has_value();
}

std::string_view Uri::parameter(std::string_view name) const {
  return find_parameter(parameters, name).value_or(std::string_view{});
}

std::optional<NameAddr> NameAddr::parse(std::string_view text) {
  text = trim(text);
  NameAddr out;
  const std::size_t open = find_unquoted(text, "<");
  if (open == std::string_view::npos) {
    // addr-spec: its parameters are the header field's (RFC 3261, section 20.10).
    const std::size_t semicolon = text.find(';');
    out.uri = trim(text.substr(0, semicolon));
    if (semicolon != std::string_view::npos) out.parameters = text.substr(semicolon);
  } else {
    const std::size_t close = text.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    out.display = trim(text.substr(0, open));
    out.uri = trim(text.substr(open + 1, close - open - 1));
    out.parameters = trim(text.substr(close + 1));
  }
  if (out.uri.empty() || out.uri.find_first_of(kForbidden) != std::string::npos)
    return std::nullopt;
  return out;
}

std::string_view NameAddr::tag() const {
  return find_parameter(parameters, "tag").value_or(std::string_view{});
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> out;
  std::size_t from = 0;
  bool quoted = false;
  bool bracketed = false;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const char c = i < value.size() ? value[i] : ',';
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"' && !bracketed) {
      quoted = !quoted;
    } else if (!quoted && (c == '<' || c == '>')) {
      bracketed = c == '<';
    }
    if ((c == ',' && !quoted && !bracketed) || i >= value.size()) {
      const std::string_view item = trim(value.substr(from, std::min(i, value.size()) - from));
      if (!item.empty()) out.push_back(item);
      from = i + 1;
      if (from > value.size()) break;
    }
  }
  return out;
}

std::optional<Hop> hop_of(const Uri& uri, const Hop& like) {
  const auto ip = IpAddress::parse(uri.has_parameter("maddr") ? uri.parameter("maddr") : uri.host);
  if (!ip || ip->is_unspecified() || ip->is_multicast()) return std::nullopt;
  if (ip->family() != like.peer.ip.family()) return std::nullopt;
  Hop hop = like;
  hop.peer = SocketAddress{*ip, uri.port != 0 ? uri.port : std::uint16_t{5060}};
  const std::string_view transport = uri.parameter("transport");
  if (same_text(transport, "tcp")) hop.transport = Transport::Tcp;
  if (same_text(transport, "udp")) hop.transport = Transport::Udp;
  return hop;
}

}  // namespace junctor::cp
