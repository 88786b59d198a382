// SPDX-License-Identifier: MIT
// Addresses in SIP header values (RFC 3261, sections 19.1 and 20.10): taken apart as far as a
// gateway needs, the parts as they were written.
//
// Threads   pure functions.
// Errors    what is no address is nothing; the text comes from strangers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sip/stack.hpp"

namespace junctor::cp {

struct Uri {
  std::string scheme;      // lower case: "sip", "sips", "tel"
  std::string user;        // escaped, with its parameters, without a password; "" if there is none
  std::string host;        // IPv6 in brackets; "" for tel
  std::uint16_t port = 0;  // 0: none written
  std::string parameters;  // ";transport=tcp;lr"; headers after '?' are dropped

  static std::optional<Uri> parse(std::string_view text);
  // The user without parameters: what is dialled.
  std::string number() const;
  bool has_parameter(std::string_view name) const;
  // Value of a parameter, "" if it has none or is not there.
  std::string_view parameter(std::string_view name) const;
};

// One element of Contact, From, To, Route and the like.
struct NameAddr {
  std::string display;     // as written, with its quotes; "" if there is none
  std::string uri;         // without angle brackets
  std::string parameters;  // of the header field: ";tag=4711"

  static std::optional<NameAddr> parse(std::string_view text);
  std::string_view tag() const;
};

// Elements of a comma-separated header value; commas in quotes and angle brackets separate nothing.
std::vector<std::string_view> split_list(std::string_view value);

// Where a URI leads, if it says so in numbers: we ask no resolver. Transport and listener are those
// of `like` unless the URI names a transport.
std::optional<Hop> hop_of(const Uri& uri, const Hop& like);

}  // namespace junctor::cp
