// SPDX-License-Identifier: MIT
// MachineKey: what seals the secrets of a configuration, so that its files give none of them away
// and are good on this machine alone.
//
//   "clear" --[AES-256-GCM, a nonce of 96 random bits]--> "$sealed$1$" base64(nonce | text | tag)
//
// The key is a file of 32 random octets that its owner alone can read, made at the first start. A
// sealed text is bound to the key and to nothing else: what holds it may be renamed or copied.
//
// Threads   any; a key does not change.
// Errors    name the file. A text that another key sealed cannot be told from a damaged one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"

namespace junctor::keys {

inline constexpr std::string_view kSealed = "$sealed$1$";

class MachineKey {
 public:
  static constexpr std::size_t kSize = 32;
  using Octets = std::array<std::uint8_t, kSize>;

  explicit MachineKey(const Octets& octets) : octets_(octets) {}
  // Reads the file, or makes it with its folder; it is on the medium then. A file that others may
  // read, or of another length, is an error.
  static Result<MachineKey> open(const std::string& path);

  std::string seal(std::string_view clear) const;
  // Nothing: it is no sealed text, was sealed by another key, or is damaged.
  std::optional<std::string> unseal(std::string_view sealed) const;

 private:
  Octets octets_;
};

}  // namespace junctor::keys
