// SPDX-License-Identifier: MIT
#include "platform/keys/machine_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::keys {
namespace {

using testing::HasSubstr;

MachineKey key_of(std::uint8_t octet) {
  MachineKey::Octets octets{};
  octets.fill(octet);
  return MachineKey(octets);
}

TEST(MachineKey, SealsSoThatItAloneUnseals) {
  const MachineKey key = key_of(1);
  for (const std::string& clear : {std::string("a"), std::string(128, 'x'), std::string("ü \n")}) {
    const std::string sealed = key.seal(clear);
    EXPECT_THAT(sealed, testing::StartsWith("$sealed$1$"));
    EXPECT_EQ(key.unseal(sealed), clear);
    EXPECT_NE(key.seal(clear), sealed) << "a nonce each";
    EXPECT_EQ(key_of(2).unseal(sealed), std::nullopt);
  }
  std::string damaged = key.seal("abc");
  damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
  for (const char* text : {damaged.c_str(), "", "abc", "$sealed$1$", "$sealed$1$AAAA",
                           "$sealed$1$!!!!", "$sealed$1$AAAAA"})
    EXPECT_EQ(key.unseal(text), std::nullopt) << text;
}

TEST(MachineKey, IsMadeOnceForItsOwnerAlone) {
  const ipc::TempDir dir;
  const std::string path = dir / "state/machine.key";
  const auto made = MachineKey::open(path);
  ASSERT_TRUE(made.ok()) << made.error().text();
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(status.st_size, 32);
  const auto again = MachineKey::open(path);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unseal(made->seal("x")), "x");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_THAT(MachineKey::open(path).error().text(), HasSubstr("may be read by others"));
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  std::filesystem::resize_file(path, 31);
  EXPECT_THAT(MachineKey::open(path).error().text(), HasSubstr("no key of 32 octets"));
}

}  // namespace
}  // namespace junctor::keys
