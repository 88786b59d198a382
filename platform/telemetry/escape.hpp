// SPDX-License-Identifier: MIT
// Foreign text made safe to print: no octet of a peer reaches a terminal or a log as a control
// character.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace junctor {

// One character of UTF-8 (RFC 3629): its code point and how many octets it took.
struct Utf8Char {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: what stands there is not UTF-8
};
Utf8Char decode_utf8(std::string_view text);
void append_utf8(std::string& out, std::uint32_t code);

// Control characters (C0, DEL, C1), line separators and direction overrides, which make a terminal
// show something else than what is there.
bool is_control(std::uint32_t code);

// The text with these, and octets that are no UTF-8, written as \n, \r, \t or \xHH; a backslash is
// doubled.
std::string escape(std::string_view text);

}  // namespace junctor
