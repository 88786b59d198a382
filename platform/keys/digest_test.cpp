// SPDX-License-Identifier: MIT
#include "platform/keys/digest.hpp"

#include <gtest/gtest.h>

namespace junctor::keys {
namespace {

// The examples of FIPS 180-2, appendix B.
TEST(Sha256, IsThatOfTheStandard) {
  const struct {
    std::string_view first, second;
    std::string_view digest;
  } rows[] = {
      {"", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"a", "bc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighij", "hijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  for (const auto& row : rows) {
    Sha256 digest;
    digest.add(row.first);
    digest.add(row.second);
    EXPECT_EQ(digest.hex(), row.digest);
  }
}

// RFC 4648, section 10.
TEST(Base64, IsThatOfTheStandard) {
  const struct {
    std::string_view octets, text;
  } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& row : rows) EXPECT_EQ(base64_of(row.octets), row.text);
}

}  // namespace
}  // namespace junctor::keys
