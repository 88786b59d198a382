// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/topology.hpp"

#include <algorithm>
#include <cctype>

#include "controlplane/sip/uri.hpp"
#include "platform/base/address.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

namespace {

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
  });
}

bool is_ip(std::string_view text) {
  while (text.ends_with('.')) text.remove_suffix(1);
  if (IpAddress::parse(text)) return true;
  while (text.ends_with(':')) text.remove_suffix(1);
  // An IPv4 address with a port, or behind a colon.
  while (!text.empty()) {
    if (IpAddress::parse(interop::take_until(text, ':'))) return true;
  }
  return false;
}

// Cuts the text up to the separator off the front of rest; quoted ones do not count.
std::string_view take_unquoted(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '\\') {
      ++at;
    } else if (rest[at] == '"') {
      quoted = !quoted;
    } else if (rest[at] == separator && !quoted) {
      break;
    }
  }
  const std::string_view taken = rest.substr(0, at);
  rest = at < rest.size() ? rest.substr(at + 1) : std::string_view{};
  return interop::trim(taken);
}

bool is_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  return text.find_first_of("\"\\") == std::string_view::npos;
}

}  // namespace

bool holds_ip(std::string_view text) {
  constexpr std::string_view kLetters = "0123456789abcdefABCDEF.:";
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_of(kLetters), text.size());
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_not_of(kLetters), text.size());
    if (is_ip(text.substr(0, end))) return true;
    text.remove_prefix(end);
  }
  return false;
}

bool names_a_host(std::string_view text) {
  const auto is_part = [&](std::size_t at) {
    return at < text.size() && (is_alnum(text[at]) || text[at] == ':');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '@') return true;
    const bool joins = text[i] == '.' || text[i] == ':';
    if (joins && is_part(i + 1) && (text[i] == ':' || (i > 0 && is_part(i - 1)))) return true;
  }
  return false;
}

std::string passable_reason(std::string_view value) {
  std::string_view rest = take_unquoted(value, ',');
  const std::string_view protocol = take_unquoted(rest, ';');
  constexpr std::string_view kProtocols[] = {"SIP", "Q.850", "Preemption"};
  const auto known =
      std::find_if(std::begin(kProtocols), std::end(kProtocols),
                   [&](std::string_view one) { return interop::same_text(one, protocol); });
  if (known == std::end(kProtocols)) return {};
  std::string out(*known);
  while (!rest.empty()) {
    std::string_view value_of = take_unquoted(rest, ';');
    const std::string_view name = interop::trim(interop::take_until(value_of, '='));
    value_of = interop::trim(value_of);
    const bool is_cause =
        interop::same_text(name, "cause") && interop::parse_number<std::uint16_t>(value_of);
    const bool is_text = interop::same_text(name, "text") && !names_a_host(value_of) &&
                         (is_quoted(value_of) || is_token(value_of));
    if (is_cause) (out += ";cause=") += value_of;
    if (is_text) (out += ";text=") += value_of;
  }
  return out;
}

std::string passable_diversion(std::string_view params) {
  std::string out;
  for (const std::string_view name : {"reason", "counter", "limit", "privacy", "screen"}) {
    std::string_view value = find_param(params, name).value_or(std::string_view{});
    if (is_quoted(value)) value = value.substr(1, value.size() - 2);
    if (is_token(value) && !names_a_host(value)) (((out += ';') += name) += '=') += value;
  }
  return out;
}

}  // namespace junctor::cp
