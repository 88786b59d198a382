// SPDX-License-Identifier: MIT
// Bodies with several parts (RFC 2046, RFC 5621), and the session description in a message's body.
//
// Threads   pure functions.
// Lifetime  views point into what was given.
// Errors    a body that cannot be read: 400; one that can, but that we have no use for: 415.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugins/sdk/message.hpp"

namespace junctor::cp {

inline constexpr std::size_t kMaxParts = 32;        // of one multipart body
inline constexpr std::size_t kMaxPartHeaders = 32;  // of one part
inline constexpr std::size_t kMaxMultipartDepth = 4;

struct Part {
  std::vector<interop::Header> headers;
  std::string_view body;

  // The first header of that name, or "".
  std::string_view header(std::string_view name) const;
};

struct MultipartError {
  std::string reason;  // one sentence without a full stop
};

// Value of a parameter of a header value such as Content-Type (without its quotes), or "".
std::string parameter(std::string_view header_value, std::string_view name);

// content_type: the header's whole value, with the boundary.
std::variant<std::vector<Part>, MultipartError> parse_multipart(std::string_view content_type,
                                                                std::string_view body);

// The description of a message: the body itself, or a part of multipart/mixed, /related or
// /alternative (there the last). Neither text nor status: there is no body, or only optional parts
// of other types.
struct FoundSdp {
  std::string_view text;     // empty: none
  std::uint16_t status = 0;  // 400 or 415: the body is refused
  std::string reason;        // why
};
FoundSdp find_sdp(const interop::Message& message);

}  // namespace junctor::cp
