// SPDX-License-Identifier: MIT
// NumberPattern: which called numbers a route takes, in the notation that people know.
//
//   555        the number 555 alone
//   _1XXX      1, then three digits: X is 0-9, Z is 1-9, N is 2-9 (lower case too)
//   _[12-5]X   one of 1, 2, 3, 4, 5, then a digit; a set holds digits, letters, + * # and ranges,
//   all taken literally _9.        9 and at least one more character; '.' only at the end _9! 9 and
//   whatever follows, or nothing; '!' only at the end
//
// A number has digits, + * #, and, where it is a name, letters and - . _ ; other characters of a
// pattern stand for themselves.
//
// Threads   a value.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace junctor::config {

class NumberPattern {
 public:
  static constexpr std::size_t kMaxLength = 128;

  static Result<NumberPattern> parse(std::string_view text);

  bool matches(std::string_view number) const;
  // Whether every number that the other matches is matched here too; exact.
  bool covers(const NumberPattern& other) const;
  // Of the numbers that it matches; npos if it is open.
  std::size_t longest() const { return is_open_ ? std::string::npos : places_.size(); }
  const std::string& text() const { return text_; }

 private:
  using Set = std::bitset<256>;  // of the octets that fit in one place

  Result<void> parse_pattern(std::string_view body);
  Result<void> parse_set(std::string_view inside);

  std::string text_;
  std::vector<Set> places_;
  bool is_open_ = false;  // anything may follow the places
};

// Whether it is a literal that was probably meant as a pattern: 5XXX, where _5XXX takes a thousand numbers. Names of
// other letters are not.
bool is_pattern_without_mark(std::string_view text);

// Whether it is made of what is dialled, with or without visual separators (RFC 3966, section 5);
// else it is a name.
bool is_number(std::string_view text);

}  // namespace junctor::config
