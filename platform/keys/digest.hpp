// SPDX-License-Identifier: MIT
// Digest: what tells whether a copy of a file is whole, and octets as text for lines that carry text
// alone.
//
// Threads   plain values; a Sha256 is its owner's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace junctor::keys {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;

  void add(std::string_view octets);
  // 64 hexadecimal digits; nothing is added after it.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Base64 without line ends (RFC 4648, section 4).
std::string base64_of(std::string_view octets);

}  // namespace junctor::keys
