// SPDX-License-Identifier: MIT
// Session descriptions from text and back (RFC 8866). The text comes from strangers.
//
//   body --> parse_sdp --> Sdp --> plugin, offer/answer --> Sdp --> print_sdp --> body
//
// Strict where it is about safety: a size for everything, no control character survives. Tolerant
// where products differ: LF for CRLF, blanks at line ends, s= or t= left out, lines in odd order,
// attributes that nobody knows (kept).
//
// Threads   pure functions.
// Errors    a description that cannot be used: the line and a sentence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "plugins/sdk/sdp.hpp"

namespace junctor::cp {

// What a description may have at most; more is refused.
inline constexpr std::size_t kMaxSdpBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxSdpLineBytes = std::size_t{4} * 1024;
inline constexpr std::size_t kMaxSdpMedia = 64;
inline constexpr std::size_t kMaxSdpAttributes = 512;  // of the session, and of each media
inline constexpr std::size_t kMaxSdpFormats = 256;     // of one m= line
inline constexpr std::size_t kMaxSdpOtherLines = 64;   // b=, t= and the like, each kind

struct SdpError {
  int line = 0;        // 1 is the first; 0: the whole
  std::string reason;  // one sentence without a full stop
};

using SdpResult = std::variant<interop::Sdp, SdpError>;
SdpResult parse_sdp(std::string_view text);

// With CRLF line ends. What a plugin may have put into a value cannot open a line of its own.
std::string print_sdp(const interop::Sdp& sdp);

}  // namespace junctor::cp
