// SPDX-License-Identifier: MIT
#include "platform/telemetry/mask_sip.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace junctor {
namespace {

bool is_same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Where the secret of a line begins; nothing: it has none.
std::optional<std::size_t> secret_of(std::string_view line) {
  constexpr std::array<std::string_view, 2> kFields = {"Authorization", "Proxy-Authorization"};
  constexpr std::array<std::string_view, 3> kKeys = {"a=crypto:", "a=key-mgmt:", "k="};
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view name = trimmed(line.substr(0, colon));
    for (const std::string_view field : kFields)
      if (is_same(name, field)) return colon + 1;
  }
  for (const std::string_view key : kKeys)
    if (is_same(line.substr(0, key.size()), key)) return key.size();
  return std::nullopt;
}

}  // namespace

std::string mask_sip(std::string_view message) {
  std::string out;
  bool is_in_secret = false;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size() - 1) + 1;
    std::string_view line = message.substr(0, end);
    message.remove_prefix(end);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    const std::string_view tail(line.data() + line.size(), end - line.size());
    const bool is_folded = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    if (is_folded && is_in_secret) continue;
    const std::optional<std::size_t> secret = secret_of(line);
    is_in_secret = secret.has_value();
    out += line.substr(0, secret.value_or(line.size()));
    if (secret && line.substr(*secret).starts_with(' ')) out += ' ';
    if (secret) out += kMasked;
    out += tail;
  }
  return out;
}

}  // namespace junctor
