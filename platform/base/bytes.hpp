// SPDX-License-Identifier: MIT
// Byte views and integers in network byte order.
//
// Errors    Reader never reads past its end: a read that does not fit yields 0 and makes ok() false
//           for good, so a parser checks once at the end of a fixed header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace junctor {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr std::uint16_t load_be16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}
constexpr std::uint32_t load_be32(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 |
         static_cast<std::uint32_t>(p[2]) << 8 | p[3];
}
constexpr void store_be16(std::uint8_t* p, std::uint16_t v) {
  p[0] = static_cast<std::uint8_t>(v >> 8);
  p[1] = static_cast<std::uint8_t>(v);
}
constexpr void store_be32(std::uint8_t* p, std::uint32_t v) {
  store_be16(p, static_cast<std::uint16_t>(v >> 16));
  store_be16(p + 2, static_cast<std::uint16_t>(v));
}

// Reads a foreign buffer front to back.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size() - at_; }

  std::uint8_t u8() { return has(1) ? bytes_[at_++] : std::uint8_t{0}; }
  std::uint16_t u16() {
    if (!has(2)) return 0;
    at_ += 2;
    return load_be16(&bytes_[at_ - 2]);
  }
  std::uint32_t u24() {
    const std::uint32_t high = u8();
    return high << 16 | u16();
  }
  std::uint32_t u32() {
    if (!has(4)) return 0;
    at_ += 4;
    return load_be32(&bytes_[at_ - 4]);
  }
  // The next n octets, or an empty view.
  Bytes take(std::size_t n) {
    if (!has(n)) return {};
    at_ += n;
    return bytes_.subspan(at_ - n, n);
  }

 private:
  bool has(std::size_t n) {
    if (left() < n) ok_ = false;
    return ok_;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace junctor
