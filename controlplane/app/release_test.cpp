// SPDX-License-Identifier: MIT
#include "controlplane/app/release.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

TEST(Release, IsThatOfTheFirmwareWhereThereIsOne) {
  struct Row {
    const char* sentence;
    std::string text;
    std::string version;
  };
  const Row rows[] = {
      {"an image", "NAME=Junctor\nID=junctor\nPRETTY_NAME=\"Junctor 7.2.1\"\nVERSION_ID=7.2.1\n",
       "7.2.1"},
      {"in quotes", "ID=\"junctor\"\nVERSION_ID=\"7.2.1\"\n", "7.2.1"},
      {"another system", "ID=debian\nVERSION_ID=\"12\"\n", JUNCTOR_VERSION},
      {"without a version", "ID=junctor\n", JUNCTOR_VERSION},
      {"nothing", "", JUNCTOR_VERSION},
  };
  const ipc::TempDir dir;
  for (const Row& row : rows) {
    std::ofstream(dir / "os-release") << row.text;
    const Release release = read_release(dir / "os-release");
    EXPECT_EQ(release.version, row.version) << row.sentence;
    EXPECT_EQ(release.program, JUNCTOR_VERSION) << row.sentence;
  }
  EXPECT_EQ(read_release("/nowhere/os-release").version, JUNCTOR_VERSION);
}

TEST(Release, HasTheBuildIdOfTheProgram) {
  EXPECT_THAT(build_id(), testing::MatchesRegex("[0-9a-f]{40}"));
  EXPECT_EQ(read_release("/nowhere").build, build_id());
}

}  // namespace
}  // namespace junctor::cp
