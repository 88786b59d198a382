// SPDX-License-Identifier: MIT
#include "platform/keys/certificate.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

namespace junctor::keys {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kLongest = 64 << 10;

// Empty if it is no base64, with all of its padding and nothing beside it.
std::vector<unsigned char> octets_of(std::string_view base64) {
  if (base64.empty() || base64.size() > kLongest || base64.size() % 4 != 0) return {};
  // OpenSSL passes over white space, and takes the padding for octets.
  if (base64.find_first_of(" \t\r\n") != std::string_view::npos) return {};
  std::vector<unsigned char> octets(base64.size() / 4 * 3);
  const int size =
      EVP_DecodeBlock(octets.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                      static_cast<int>(base64.size()));
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  if (size < 0) return {};
  octets.resize(static_cast<std::size_t>(size) - padding);
  return octets;
}

}  // namespace

std::optional<std::string> pem_of_certificate(std::string_view base64) {
  const std::vector<unsigned char> octets = octets_of(base64);
  const unsigned char* end = octets.data();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &end, static_cast<long>(octets.size())), X509_free);
  ERR_clear_error();
  if (!certificate || end != octets.data() + octets.size()) return std::nullopt;
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += kLine) {
    pem += base64.substr(at, kLine);
    pem += '\n';
  }
  return pem + "-----END CERTIFICATE-----\n";
}

}  // namespace junctor::keys
