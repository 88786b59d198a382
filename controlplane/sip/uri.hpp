// SPDX-License-Identifier: MIT
// Uri, NameAddr: SIP URIs and addresses (RFC 3261, 19.1 and 20.10) cut into their parts, in place.
//
// Threads   plain values.
// Lifetime  parts are views into the text that was parsed.
// Errors    what is no URI yields nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace junctor::cp {

struct Uri {
  std::string_view scheme;  // "sip", "sips", "tel", as written
  std::string_view user;    // with its parameters, still escaped; of tel: the number
  std::string_view password;
  std::string_view host;     // IPv6 in brackets
  std::uint16_t port = 0;    // 0: none given
  std::string_view params;   // "transport=udp;lr", still escaped
  std::string_view headers;  // behind "?"
  bool has_user = false;

  static std::optional<Uri> parse(std::string_view text);
  bool is_sip() const;  // sip or sips
  bool is_tel() const;
  // Value of a parameter, "" if it has none; nothing if it is not there.
  std::optional<std::string_view> param(std::string_view name) const;
  std::string text() const;
};

struct NameAddr {
  std::string_view display;  // with its quotes
  std::string_view uri_text;
  Uri uri;
  std::string_view params;  // of the field: "tag=1;x=y"

  // "Alice" <sip:a@b;lr>;tag=1, or sip:a@b;tag=1 (then parameters are the field's).
  static std::optional<NameAddr> parse(std::string_view text);
  std::optional<std::string_view> param(std::string_view name) const;
  std::string text() const;
};

// Value of one of "a=1;b;c=x"; "" if it has none.
std::optional<std::string_view> find_param(std::string_view params, std::string_view name);

// %XX resolved; an escape that is none stays as it is.
std::string unescape(std::string_view text);
// Escapes what a user part may not hold (RFC 3261, 25.1).
std::string escape_user(std::string_view text);

}  // namespace junctor::cp
