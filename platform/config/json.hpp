// SPDX-License-Identifier: MIT
// Json: a text as a tree whose values know their lines (RFC 8259, and comments as in C++).
//
// Errors    the first mistake ends the reading: a finding with its line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/config/config.hpp"

namespace junctor::config {

struct Json {
  enum class Kind : std::uint8_t { Null, Bool, Number, String, Array, Object };
  struct Member;

  Kind kind = Kind::Null;
  int line = 0;
  bool is_true = false;         // of a Bool
  std::string text;             // of a String its value, of a Number its spelling
  std::vector<Json> items;      // of an Array
  std::vector<Member> members;  // of an Object, in order, duplicates and all

  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  static constexpr int kMaxDepth = 64;
  static constexpr int kMaxValues = 1'000'000;

  // As messages name it: "a string", "an object".
  std::string_view kind_name() const;
};

struct Json::Member {
  std::string key;
  int line = 0;
  Json value;
};

std::variant<Json, Finding> read_json(std::string_view text);

}  // namespace junctor::config
