// SPDX-License-Identifier: MIT
#include "platform/keys/digest.hpp"

#include <openssl/evp.h>

#include <array>

#include "platform/base/assert.hpp"

namespace junctor::keys {

struct Sha256::Context {
  EVP_MD_CTX* const openssl = EVP_MD_CTX_new();

  Context() = default;
  ~Context() { EVP_MD_CTX_free(openssl); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  const bool is_begun = EVP_DigestInit_ex(context_->openssl, EVP_sha256(), nullptr) == 1;
  JUNCTOR_ASSERT(is_begun);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;

void Sha256::add(std::string_view octets) {
  EVP_DigestUpdate(context_->openssl, octets.data(), octets.size());
}

std::string Sha256::hex() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(context_->openssl, digest.data(), &length);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4U];
    text += kDigits[digest[i] & 15U];
  }
  return text;
}

std::string base64_of(std::string_view octets) {
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');  // and the zero that it ends with
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(octets.data()),
                  static_cast<int>(octets.size()));
  text.pop_back();
  return text;
}

}  // namespace junctor::keys
