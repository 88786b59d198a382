// SPDX-License-Identifier: MIT
#include "platform/config/password.hpp"

#include <crypt.h>
#include <re2/re2.h>

#include <array>
#include <memory>

#include "platform/base/assert.hpp"
#include "platform/base/random.hpp"

namespace junctor::config {
namespace {

constexpr std::size_t kLongest = 256;  // as in the schema; crypt(3) takes 512
constexpr unsigned long kCost = 5;     // crypt(5): the default of yescrypt, j9T

std::string crypt_with(const std::string& clear, const std::string& setting) {
  const auto work = std::make_unique<crypt_data>();  // 32 KiB
  const char* hash = crypt_r(clear.c_str(), setting.c_str(), work.get());
  return hash == nullptr || hash[0] == '*' ? std::string() : std::string(hash);
}

bool is_same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

bool can_be(const std::string& clear) {
  return clear.size() <= kLongest && clear.find('\0') == std::string::npos;
}

}  // namespace

bool is_hash(std::string_view text) {
  static const RE2 form(R"(\$y\$j[7-9AB]T\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43})");
  return RE2::FullMatch(text, form);
}

std::string hash_password(const std::string& clear) {
  std::array<std::uint8_t, 32> salt{};
  random_bytes(salt);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made = crypt_gensalt_rn("$y$", kCost, reinterpret_cast<const char*>(salt.data()),
                                      static_cast<int>(salt.size()), setting.data(),
                                      static_cast<int>(setting.size()));
  JUNCTOR_ASSERT(made != nullptr);
  std::string hash = crypt_with(clear, made);
  JUNCTOR_ASSERT(is_hash(hash));
  return hash;
}

bool is_password(const std::string& clear, const std::string& kept) {
  if (!can_be(clear) || kept.empty()) return false;
  if (!is_hash(kept)) return is_same(clear, kept);
  const std::string hash = crypt_with(clear, kept);
  return !hash.empty() && is_same(hash, kept);
}

void spend_as_long(const std::string& clear) {
  constexpr const char* kNobody = "$y$j9T$1234567890123456789012$";
  (void)crypt_with(can_be(clear) ? clear : std::string("-"), kNobody);
}

}  // namespace junctor::config
