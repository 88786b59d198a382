// SPDX-License-Identifier: MIT
#include "platform/cli/export_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using For = ExportFolder::For;

class ExportFolderTest : public testing::Test {
 protected:
  // What went wrong; empty: it is kept.
  static std::string put(const ExportFolder& folder, const std::string& name,
                         std::string_view octets, bool overwrites = false,
                         For readers = For::Operators) {
    const auto file = folder.create(name, overwrites, readers);
    if (!file) return file.error().text();
    if (const auto written = (*file)->write(octets); !written) return written.error().text();
    const auto kept = (*file)->keep();
    return kept ? "" : kept.error().text();
  }
  std::string content(const std::string& name) const {
    std::ifstream in(path_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator{}));
  }

  ipc::TempDir dir_;
  const std::string path_ = dir_ / "export";
  const ExportFolder folder_{path_, false, 100};
};

TEST_F(ExportFolderTest, TakesNamesAndNoPaths) {
  const struct {
    std::string name;
    const char* mistake;
  } rows[] = {
      {"a.json", ""},
      {"junctor-20260101-120000.pcapng", ""},
      {std::string(100, 'a'), ""},
      {"", "1 to 100 characters"},
      {std::string(101, 'a'), "1 to 100 characters"},
      {".hidden", "begins with a letter or a digit"},
      {"..", "begins with a letter or a digit"},
      {"-rf", "begins with a letter or a digit"},
      {"a b", "only letters, digits"},
      {"a\x1b[2J", "only letters, digits"},
      {"../a", "a name without a slash"},
      {"/etc/passwd", "a name without a slash"},
  };
  for (const auto& row : rows) {
    const auto place = folder_.place(row.name);
    EXPECT_EQ(place.ok(), *row.mistake == '\0') << row.name;
    if (place)
      EXPECT_EQ(*place, path_ + "/" + row.name);
    else
      EXPECT_THAT(place.error().text(), HasSubstr(row.mistake)) << row.name;
  }
  EXPECT_EQ(*ExportFolder(path_, true).place("/tmp/x"), "/tmp/x") << "of a person with a shell";
}

TEST_F(ExportFolderTest, AFileAppearsWholeAndOverwritesNone) {
  {
    const auto file = folder_.create("a", false, For::Operators);
    ASSERT_TRUE(file) << file.error().text();
    ASSERT_TRUE((*file)->write("half"));
    EXPECT_FALSE(fs::exists(path_ + "/a"));
    EXPECT_THAT(folder_.names(), ElementsAre());
  }
  EXPECT_EQ(entries(), 0U) << "what is not kept is gone";
  EXPECT_EQ(put(folder_, "a", "one"), "");
  EXPECT_EQ(put(folder_, "a", "two"), path_ + "/a: is there already; the word force overwrites it");
  EXPECT_EQ(content("a"), "one");
  EXPECT_EQ(put(folder_, "a", "two", true), "");
  EXPECT_EQ(content("a"), "two");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ExportFolderTest, WhatComesMeanwhileIsNotOverwritten) {
  const auto file = folder_.create("a", false, For::Operators);
  ASSERT_TRUE(file && (*file)->write("mine"));
  std::ofstream(path_ + "/a") << "another's";
  const auto kept = (*file)->keep();
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().text(), HasSubstr("is there already"));
  EXPECT_EQ(content("a"), "another's");
}

TEST_F(ExportFolderTest, OverwritesOnlyPlainFiles) {
  ASSERT_EQ(put(folder_, "a", "one"), "");
  fs::create_symlink(dir_ / "elsewhere", path_ + "/link");
  std::ofstream(dir_ / "elsewhere") << "untouched";
  EXPECT_THAT(put(folder_, "link", "x", true), HasSubstr("is no plain file"));
  EXPECT_FALSE(folder_.open("link"));
  EXPECT_FALSE(folder_.remove("link"));
  EXPECT_THAT(folder_.names(), ElementsAre("a"));
}

TEST_F(ExportFolderTest, ListsWhatIsThere) {
  EXPECT_THAT(folder_.names(), ElementsAre());
  EXPECT_TRUE(folder_.space()) << "before there is a folder";
  ASSERT_EQ(put(folder_, "b", "12345"), "");
  ASSERT_EQ(put(folder_, "a", "", false, For::Admins), "");
  std::ofstream(path_ + "/.hidden") << "123";
  const auto all = folder_.list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[0].readers, For::Admins);
  EXPECT_EQ(all[1].octets, 5U);
  EXPECT_EQ(all[1].readers, For::Operators);
  EXPECT_GT(all[1].unix_ms, 1'700'000'000'000U);
  EXPECT_EQ(folder_.space()->used, 8U);
  EXPECT_EQ(folder_.space()->most, 100U);
  EXPECT_GT(folder_.space()->free, 0U);
  EXPECT_TRUE(folder_.remove("a"));
  EXPECT_THAT(folder_.names(), ElementsAre("b"));
  EXPECT_THAT(folder_.remove("a").error().text(), HasSubstr("there is no such file in " + path_));
}

TEST_F(ExportFolderTest, IsNobodyElsesBusinessWhateverTheUmask) {
  const mode_t before = umask(0077);
  ASSERT_EQ(put(folder_, "shared", "x"), "");
  umask(0);
  ASSERT_EQ(put(folder_, "private", "x", false, For::Admins), "");
  umask(before);
  const auto mode = [this](const char* name) {
    return fs::status(path_ + "/" + name).permissions();
  };
  EXPECT_EQ(mode("shared"), fs::perms(0640));
  EXPECT_EQ(mode("private"), fs::perms(0600));
}

TEST_F(ExportFolderTest, HoldsNoMoreThanItMay) {
  ASSERT_EQ(put(folder_, "a", std::string(60, 'a')), "");
  EXPECT_EQ(put(folder_, "b", std::string(41, 'b')),
            path_ + "/b: all files there may have 100 B together; delete file NAME makes room");
  EXPECT_EQ(entries(), 1U) << "no half file";
  EXPECT_EQ(put(folder_, "b", std::string(40, 'b')), "");
  ASSERT_TRUE(folder_.remove("b"));
  // Two at once, each of which would fit.
  const auto one = folder_.create("one", false, For::Operators);
  const auto two = folder_.create("two", false, For::Operators);
  ASSERT_TRUE(one && two);
  ASSERT_TRUE((*one)->write(std::string(30, '1')) && (*two)->write(std::string(30, '2')));
  EXPECT_FALSE((*two)->keep());
}

TEST_F(ExportFolderTest, AWriteThatFailsLeavesNothing) {
  ASSERT_EQ(put(folder_, "a", "x"), "");
  // No file may become larger than this: the error of a write, in its middle.
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{50, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string mistake = put(folder_, "b", std::string(80, 'b'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  EXPECT_THAT(mistake, HasSubstr(path_ + "/b: File too large"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ExportFolderTest, TakesAwayWhatAKilledConsoleLeft) {
  ASSERT_EQ(put(folder_, "a", "x"), "");
  std::ofstream(path_ + "/.junctor-1-0") << std::string(99, 'x');
  const auto writing = folder_.create("b", false, For::Operators);
  ASSERT_TRUE(writing);
  EXPECT_FALSE(fs::exists(path_ + "/.junctor-1-0"));
  EXPECT_EQ(put(folder_, "c", "x"), "");
  ASSERT_TRUE((*writing)->write("b"));
  EXPECT_TRUE((*writing)->keep()) << "what is being written is left alone";
  EXPECT_THAT(folder_.names(), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace junctor::cli
