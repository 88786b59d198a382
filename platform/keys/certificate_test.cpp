// SPDX-License-Identifier: MIT
#include "platform/keys/certificate.hpp"

#include <gtest/gtest.h>

namespace junctor::keys {
namespace {

// Made by openssl req -x509, for the name x.
const std::string kCertificate =
    "MIIBbTCCAROgAwIBAgIUckPx5UG1uWotHS4K442XRMlGv8owCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBeDAe"
    "Fw0yNjExMjIxMTAyMTlaFw0zNjExMTkxMTAyMTlaMAwxCjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjO"
    "PQMBBwNCAARexGKcCkvbcnGZ+tXKzBglj338c7rLp7l5hiv350YOn2QTrS7lxsFya+oYPR4KtufDU6g4zW94"
    "xqyDfRN1bY9po1MwUTAdBgNVHQ4EFgQUQTxO4H3fhSRbbuZ2Q1K1rzDXymgwHwYDVR0jBBgwFoAUQTxO4H3f"
    "hSRbbuZ2Q1K1rzDXymgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAJI0uUSwHb0y/iKo9h"
    "fMiXT/ym9T6ZUy6GCs+bNTNqqQIhAKOJFyB7uEvFGLrRl0wson7K+BCSCQ3YULa+v5BnI56k";

TEST(Certificate, BecomesTheFileThatItCameFrom) {
  const auto pem = pem_of_certificate(kCertificate);
  ASSERT_TRUE(pem);
  const std::string begin = "-----BEGIN CERTIFICATE-----\n" + kCertificate.substr(0, 64) + "\n";
  const std::string end = "\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(pem->starts_with(begin)) << *pem;
  EXPECT_TRUE(pem->ends_with(end)) << *pem;
}

TEST(Certificate, OfAnythingElseThereIsNone) {
  std::string damaged = kCertificate;
  damaged[1] = 'A';
  const struct {
    const char* what;
    std::string text;
  } rows[] = {
      {"nothing", ""},
      {"cut", kCertificate.substr(0, 100)},
      {"cut within a group", kCertificate.substr(0, kCertificate.size() - 1)},
      {"more behind it", kCertificate.substr(0, kCertificate.find('=')) + "AAAA"},
      {"twice", kCertificate + kCertificate},
      {"a line end", kCertificate.substr(0, 64) + "\n" + kCertificate.substr(64)},
      {"another character", "-" + kCertificate.substr(1)},
      {"damaged", damaged},
      {"base64 of something else", "aGVsbG8gd29ybGQh"},
  };
  for (const auto& row : rows) EXPECT_FALSE(pem_of_certificate(row.text)) << row.what;
}

}  // namespace
}  // namespace junctor::keys
