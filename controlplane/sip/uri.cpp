// SPDX-License-Identifier: MIT
#include "controlplane/sip/uri.hpp"

#include <charconv>

#include "platform/base/address.hpp"

namespace junctor::cp {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// White space, controls, quotes and brackets have no place in a URI (they are escaped there).
bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '\x7f' || c == '<' || c == '>' || c == '"') return false;
  }
  return true;
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text[0])) return false;
  for (const char c : text) {
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

bool is_host(std::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') {
    const auto address = IpAddress::parse(host);
    return address && !address->is_v4();
  }
  for (const char c : host) {
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') return false;
  }
  return true;
}

bool parse_host_port(std::string_view text, Uri& uri) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  uri.host = text.substr(0, colon);
  if (!is_host(uri.host)) return false;
  if (colon == std::string_view::npos) return true;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), uri.port);
  return error == std::errc{} && end == port.data() + port.size() && uri.port != 0;
}

int hex(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

std::optional<Uri> Uri::parse(std::string_view text) {
  Uri uri;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_plain(text)) return std::nullopt;
  uri.scheme = text.substr(0, colon);
  if (!is_scheme(uri.scheme)) return std::nullopt;
  std::string_view rest = text.substr(colon + 1);
  if (!uri.is_sip()) {
    const std::size_t semicolon = uri.is_tel() ? rest.find(';') : std::string_view::npos;
    uri.user = rest.substr(0, semicolon);
    uri.has_user = true;
    if (semicolon != std::string_view::npos) uri.params = rest.substr(semicolon + 1);
    return uri.user.empty() ? std::nullopt : std::optional(uri);
  }
  // A user part may hold ; and ?, but no @.
  const std::size_t at = rest.find('@');
  if (at != std::string_view::npos) {
    uri.has_user = true;
    uri.user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const std::size_t secret = uri.user.find(':');
    if (secret != std::string_view::npos) {
      uri.password = uri.user.substr(secret + 1);
      uri.user = uri.user.substr(0, secret);
    }
    if (uri.user.empty()) return std::nullopt;
  }
  const std::size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    uri.headers = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  const std::size_t semicolon = rest.find(';');
  if (semicolon != std::string_view::npos) {
    uri.params = rest.substr(semicolon + 1);
    rest = rest.substr(0, semicolon);
  }
  if (!parse_host_port(rest, uri)) return std::nullopt;
  return uri;
}

bool Uri::is_sip() const { return same(scheme, "sip") || same(scheme, "sips"); }
bool Uri::is_tel() const { return same(scheme, "tel"); }
std::optional<std::string_view> Uri::param(std::string_view name) const {
  return find_param(params, name);
}

std::string Uri::text() const {
  std::string out(scheme);
  out += ':';
  out += user;
  if (!password.empty()) (out += ':') += password;
  if (is_sip()) {
    if (has_user) out += '@';
    out += host;
    if (port != 0) (out += ':') += std::to_string(port);
  }
  if (!params.empty()) (out += ';') += params;
  if (!headers.empty()) (out += '?') += headers;
  return out;
}

std::optional<NameAddr> NameAddr::parse(std::string_view text) {
  text = trim(text);
  NameAddr result;
  bool quoted = false;
  std::size_t open = std::string_view::npos;
  for (std::size_t i = 0; i < text.size() && open == std::string_view::npos; ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '<' && !quoted) {
      open = i;
    }
  }
  std::string_view tail;
  if (open == std::string_view::npos) {
    const std::size_t semicolon = text.find(';');
    result.uri_text = trim(text.substr(0, semicolon));
    if (semicolon != std::string_view::npos) tail = text.substr(semicolon);
  } else {
    const std::size_t close = text.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    result.display = trim(text.substr(0, open));
    result.uri_text = trim(text.substr(open + 1, close - open - 1));
    tail = trim(text.substr(close + 1));
  }
  const auto uri = Uri::parse(result.uri_text);
  if (!uri) return std::nullopt;
  result.uri = *uri;
  if (!tail.empty()) {
    if (tail[0] != ';') return std::nullopt;
    result.params = trim(tail.substr(1));
  }
  return result;
}

std::optional<std::string_view> NameAddr::param(std::string_view name) const {
  return find_param(params, name);
}

std::string NameAddr::text() const {
  std::string out(display);
  if (!out.empty()) out += ' ';
  ((out += '<') += uri_text) += '>';
  if (!params.empty()) (out += ';') += params;
  return out;
}

std::optional<std::string_view> find_param(std::string_view params, std::string_view name) {
  while (!params.empty()) {
    const std::size_t semicolon = params.find(';');
    const std::string_view one = params.substr(0, semicolon);
    const std::size_t equals = one.find('=');
    if (same(trim(one.substr(0, equals)), name)) {
      return equals == std::string_view::npos ? std::string_view{} : trim(one.substr(equals + 1));
    }
    if (semicolon == std::string_view::npos) break;
    params.remove_prefix(semicolon + 1);
  }
  return std::nullopt;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string escape_user(std::string_view text) {
  constexpr std::string_view kAllowed = "-_.!~*'()&=+$,;?/";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alpha(c) || is_digit(c) || kAllowed.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace junctor::cp
