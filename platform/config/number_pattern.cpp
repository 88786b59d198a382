// SPDX-License-Identifier: MIT
#include "platform/config/number_pattern.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "platform/telemetry/escape.hpp"

namespace junctor::config {
namespace {

std::uint8_t octet(char c) { return static_cast<std::uint8_t>(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_number_character(char c) {
  return is_digit(c) || is_letter(c) ||
         std::string_view("+*#-._").find(c) != std::string_view::npos;
}

Error bad(const std::string& reason) { return Error{"", reason}; }
std::string quoted(char c) { return "'" + escape(std::string_view(&c, 1)) + "'"; }

// What X, Z and N stand for; 0 for any other character.
char lowest_of_class(char c) {
  switch (c) {
    case 'X':
    case 'x':
      return '0';
    case 'Z':
    case 'z':
      return '1';
    case 'N':
    case 'n':
      return '2';
    default:
      return 0;
  }
}

}  // namespace

Result<NumberPattern> NumberPattern::parse(std::string_view text) {
  if (text.empty()) return bad("the pattern is empty");
  if (text.size() > kMaxLength) return bad("the pattern is longer than 128 characters");
  NumberPattern pattern;
  pattern.text_ = text;
  if (text.front() == '_') {
    if (const auto parsed = pattern.parse_pattern(text.substr(1)); !parsed) return parsed.error();
    return pattern;
  }
  for (const char c : text) {
    if (!is_number_character(c)) {
      return bad(quoted(c) + " cannot be in a number; a pattern begins with '_'");
    }
    pattern.places_.emplace_back().set(octet(c));
  }
  return pattern;
}

Result<void> NumberPattern::parse_pattern(std::string_view body) {
  if (body.empty()) return bad("nothing follows '_'");
  while (!body.empty()) {
    const char c = body.front();
    body.remove_prefix(1);
    if (c == '[') {
      const std::size_t end = body.find(']');
      if (end == std::string_view::npos) return bad("'[' is not closed");
      if (const auto parsed = parse_set(body.substr(0, end)); !parsed) return parsed.error();
      body.remove_prefix(end + 1);
    } else if (c == '.' || c == '!') {
      if (!body.empty()) return bad(quoted(c) + " can only be at the end");
      if (c == '.') places_.emplace_back().set();
      is_open_ = true;
    } else if (const char lowest = lowest_of_class(c)) {
      Set& place = places_.emplace_back();
      for (char digit = lowest; digit <= '9'; ++digit) place.set(octet(digit));
    } else if (is_number_character(c)) {
      places_.emplace_back().set(octet(c));
    } else {
      return bad(quoted(c) + " cannot be in a pattern");
    }
  }
  return {};
}

Result<void> NumberPattern::parse_set(std::string_view inside) {
  if (inside.empty()) return bad("'[]' holds nothing");
  Set& place = places_.emplace_back();
  while (!inside.empty()) {
    const char first = inside.front();
    if (!is_number_character(first)) return bad(quoted(first) + " cannot be in a set");
    if (inside.size() < 3 || inside[1] != '-') {
      place.set(octet(first));
      inside.remove_prefix(1);
      continue;
    }
    const char last = inside[2];
    const bool is_range =
        (is_digit(first) && is_digit(last)) || (is_letter(first) && is_letter(last));
    if (!is_range || first > last) return bad("'" + escape(inside.substr(0, 3)) + "' is no range");
    for (char c = first; c <= last; ++c) place.set(octet(c));
    inside.remove_prefix(3);
  }
  return {};
}

bool NumberPattern::matches(std::string_view number) const {
  if (number.size() < places_.size() || (number.size() > places_.size() && !is_open_)) return false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!places_[i].test(octet(number[i]))) return false;
  }
  return true;
}

bool NumberPattern::covers(const NumberPattern& other) const {
  // The other's shortest number has as many characters as it has places, and each set has a member:
  // so each place of ours must hold all of theirs, and where we end, they must end, unless we are
  // open.
  if (other.places_.size() < places_.size()) return false;
  if (!is_open_ && (other.is_open_ || other.places_.size() > places_.size())) return false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if ((other.places_[i] & ~places_[i]).any()) return false;
  }
  return true;
}

bool is_pattern_without_mark(std::string_view text) {
  const auto is_class = [](char c) { return lowest_of_class(c) != 0; };
  const auto may_be = [&](char c) {
    return is_digit(c) || is_class(c) || std::string_view("+*#.").find(c) != std::string_view::npos;
  };
  return std::ranges::any_of(text, is_class) && std::ranges::all_of(text, may_be);
}

bool is_number(std::string_view text) {
  constexpr std::string_view kDialled = "0123456789*#";
  constexpr std::string_view kMore = "+-.()";
  const auto may_be = [&](char c) {
    return kDialled.find(c) != std::string_view::npos || kMore.find(c) != std::string_view::npos;
  };
  return text.find_first_of(kDialled) != std::string_view::npos &&
         std::ranges::all_of(text, may_be);
}

}  // namespace junctor::config
