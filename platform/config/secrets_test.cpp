// SPDX-License-Identifier: MIT
#include "platform/config/secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/config/diff.hpp"
#include "platform/config/password.hpp"
#include "platform/config/test_store.hpp"
#include "platform/config/tree.hpp"
#include "platform/config/write_json.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using keys::MachineKey;

MachineKey key_of(std::uint8_t octet) {
  MachineKey::Octets octets{};
  octets.fill(octet);
  return MachineKey(octets);
}

v1::Config with(v1::Config config, const std::vector<Words>& lines) {
  for (const Words& words : lines) {
    const auto mistake = set(config, words);
    EXPECT_FALSE(mistake) << text_of(words) << ": " << mistake->reason;
  }
  return config;
}

const Words kHep{"monitoring", "hep", "password", "hep-key-1"};
const Words kAnn{"system", "user", "ann", "role", "admin", "password", "correct horse"};

v1::Config sample() { return with({}, {kHep, {"monitoring", "hep", "address", "10.0.0.9"}, kAnn}); }
std::string reason_of(const Words& words) {
  v1::Config config;
  const auto mistake = set(config, words);
  return mistake ? mistake->reason : "";
}

TEST(Password, IsKnownByItsHashAlone) {
  const std::string hash = hash_password("correct horse");
  EXPECT_TRUE(is_hash(hash)) << hash;
  EXPECT_NE(hash_password("correct horse"), hash);
  EXPECT_TRUE(is_password("correct horse", hash));
  EXPECT_FALSE(is_password("correct hors", hash));
  EXPECT_FALSE(is_password("", hash));
  EXPECT_FALSE(is_password("", ""));
  EXPECT_FALSE(is_password(std::string(300, 'x'), hash));
  EXPECT_TRUE(is_password("in clear text", "in clear text"));
  EXPECT_FALSE(is_password("in clear texu", "in clear text"));
  EXPECT_FALSE(is_hash("$y$jFT$aaaaaaaaaaaaaaaaaaaaaa$" + std::string(43, 'a'))) << "too dear";
}

TEST(Secrets, AreSealedOrHashedAsTheSchemaSays) {
  const MachineKey key = key_of(1);
  v1::Config config = sample();
  EXPECT_TRUE(has_clear_password(config));
  EXPECT_TRUE(has_clear_secret(config));
  hash_all(config, {});
  EXPECT_FALSE(has_clear_password(config));
  EXPECT_TRUE(has_clear_secret(config));
  seal_all(config, key, {});
  EXPECT_FALSE(has_clear_secret(config));
  EXPECT_TRUE(is_password("correct horse", config.system().users(0).password()));
  EXPECT_EQ(key.unseal(config.monitoring().hep().password()), "hep-key-1");
  EXPECT_THAT(validate(config),
              testing::Each(testing::Field(&Finding::path, Not(HasSubstr("password")))));
  const std::string text = write_json(config);
  EXPECT_THAT(text, Not(HasSubstr("hep-key-1")));
  EXPECT_THAT(text, Not(HasSubstr("correct horse")));
}

TEST(Secrets, StayAsTheyAreUnlessTheyChange) {
  const MachineKey key = key_of(1);
  v1::Config before = sample();
  hash_all(before, {});
  seal_all(before, key, {});
  v1::Config same = with(before, {kHep, kAnn});
  hash_all(same, before);
  seal_all(same, key, before);
  EXPECT_THAT(diff(before, same), IsEmpty()) << "typed anew, but the same";
  v1::Config other = with(before, {{"monitoring", "hep", "password", "another"}});
  seal_all(other, key, before);
  EXPECT_EQ(compare(before, other),
            "- monitoring hep password ********\n+ monitoring hep password ********\n");
  v1::Config renamed = before;
  ASSERT_FALSE(rename(renamed, {"system", "user", "ann", "to", "bob"}));
  hash_all(renamed, before);
  EXPECT_TRUE(is_password("correct horse", renamed.system().users(0).password()));
}

TEST(Secrets, OfAnotherMachineAreLeftOutWithWhatNeedsThem) {
  const MachineKey key = key_of(1), other = key_of(2);
  v1::Config config = sample();
  seal_all(config, other, {});
  EXPECT_THAT(foreign_secrets(config, key, {}), ElementsAre("monitoring.hep.password"));
  EXPECT_THAT(foreign_secrets(config, key, config), IsEmpty()) << "it was there before";
  v1::Config used = config;
  EXPECT_THAT(unseal_all(used, key), ElementsAre("monitoring.hep.password"));
  EXPECT_FALSE(used.monitoring().has_hep());
  EXPECT_EQ(used.system().users_size(), 1);
  used = config;
  EXPECT_THAT(unseal_all(used, other), IsEmpty());
  EXPECT_EQ(used.monitoring().hep().password(), "hep-key-1");
  used = config;
  EXPECT_THAT(leave_out_sealed(used), ElementsAre("monitoring.hep.password"));
}

TEST(Secrets, AreMaskedAndNeverTakenFromTheMask) {
  v1::Config config = sample();
  mask_all(config);
  EXPECT_EQ(config.monitoring().hep().password(), kMask);
  EXPECT_EQ(config.system().users(0).password(), kMask);
  EXPECT_THAT(reason_of({"system", "user", "ann", "password", "********"}), HasSubstr("no secret"));
  EXPECT_THAT(validate(config),
              testing::Contains(testing::Field(&Finding::path, "monitoring.hep.password")));
}

TEST(Secrets, AreInNoSentence) {
  struct Row {
    const char* sentence;
    Words words;
    const char* reason;
  };
  for (const Row& row : std::vector<Row>{
           {"too short", {"system", "user", "ann", "password", "geheim"}, "does not fit"},
           {"a blank", {"monitoring", "hep", "password", "geheim geheim"}, "does not fit"},
           {"cut", {"monitoring", "hep", "password", "$sealed$1$geheim"}, "no sealed value"}}) {
    EXPECT_THAT(reason_of(row.words), HasSubstr(row.reason)) << row.sentence;
    EXPECT_THAT(reason_of(row.words), Not(HasSubstr("geheim"))) << row.sentence;
  }
  for (const char* word : {"password", "pass", "p"}) EXPECT_TRUE(may_name_secret(word)) << word;
  for (const char* word : {"", "peer", "passwords", "set"})
    EXPECT_FALSE(may_name_secret(word)) << word;
}

TEST(Secrets, LieOnNoDiskInClearText) {
  const ipc::TempDir dir;
  SystemDisk disk;
  const SystemClock clock;
  const MachineKey key = key_of(1);
  const Store::Seal seal = [&key](v1::Config& config, const v1::Config& before) -> Result<void> {
    hash_all(config, before);
    seal_all(config, key, before);
    return {};
  };
  const std::string folder = dir / "config";
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/running.json") << write_json(with(config_named("gw"), {kHep, kAnn}));
  const auto store = Store::open(folder, disk, clock, {}, seal);
  ASSERT_TRUE(store.ok()) << store.error().text();
  EXPECT_THAT((*store)->notes(), ElementsAre(HasSubstr("taken from")));
  const auto done = (*store)->commit(
      with((*store)->running(), {{"monitoring", "hep", "password", "hep-key-2"}}), "ann", "", {});
  ASSERT_TRUE(done.ok()) << done.error().text();
  EXPECT_EQ(key.unseal((*store)->running().monitoring().hep().password()), "hep-key-2");
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(text, Not(HasSubstr("hep-key"))) << entry.path();
    EXPECT_THAT(text, Not(HasSubstr("correct horse"))) << entry.path();
  }
  EXPECT_EQ(files, 3);
}

}  // namespace
}  // namespace junctor::config
