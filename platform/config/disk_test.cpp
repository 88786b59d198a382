// SPDX-License-Identifier: MIT
#include "platform/config/disk.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::config {
namespace {

TEST(SystemDisk, DoesWhatTheStoreAsksFor) {
  const ipc::TempDir temp;
  SystemDisk disk;
  const std::string a = temp / "d/a";
  const std::string b = temp / "d/b";
  EXPECT_TRUE(disk.make_directory(temp / "d").ok());
  EXPECT_TRUE(disk.make_directory(temp / "d").ok()) << "is there already";
  EXPECT_EQ(*disk.read(a), std::nullopt);
  EXPECT_TRUE(disk.remove(a).ok()) << "is not there";

  const std::string large(200'000, 'x');
  EXPECT_TRUE(disk.write_whole(a, large).ok());
  EXPECT_EQ(*disk.read(a), large);
  EXPECT_TRUE(disk.write_whole(a, "short").ok());
  EXPECT_EQ(*disk.read(a), "short") << "nothing of the longer one is left";
  EXPECT_TRUE(disk.write_whole(b, "").ok());
  EXPECT_EQ(*disk.read(b), "");
  EXPECT_EQ(*disk.list(temp / "d"), (std::vector<std::string>{"a", "b"}));

  EXPECT_TRUE(disk.sync(a).ok());
  EXPECT_TRUE(disk.rename(a, b).ok()) << "in place of another";
  EXPECT_TRUE(disk.sync(temp / "d").ok());
  EXPECT_EQ(*disk.read(b), "short");
  EXPECT_TRUE(disk.remove(b).ok());
  EXPECT_EQ(*disk.list(temp / "d"), std::vector<std::string>{});
}

TEST(SystemDisk, ExchangesTwoFiles) {
  const ipc::TempDir temp;
  SystemDisk disk;
  const std::string a = temp / "a";
  const std::string b = temp / "b";
  ASSERT_TRUE(disk.write_whole(a, "new").ok());
  EXPECT_EQ(disk.exchange(a, b).value(), false) << "there is no other";
  EXPECT_EQ(*disk.list(temp / "."), std::vector<std::string>{"b"});
  ASSERT_TRUE(disk.write_whole(a, "newer").ok());
  EXPECT_EQ(disk.exchange(a, b).value(), true);
  EXPECT_EQ(*disk.read(a), "new");
  EXPECT_EQ(*disk.read(b), "newer");
  EXPECT_EQ(disk.exists(a).value(), true);
  EXPECT_EQ(disk.exists(temp / "c").value(), false);
}

TEST(SystemDisk, WritesOverWhatHasNoOtherName) {
  const ipc::TempDir temp;
  SystemDisk disk;
  const std::string file = temp / "file";
  const std::string kept = temp / "kept";
  ASSERT_TRUE(disk.write_whole(file, std::string(100'000, 'x')).ok());
  std::filesystem::create_hard_link(file, kept);
  EXPECT_TRUE(disk.write_over(file).ok());
  EXPECT_EQ(*disk.read(kept), std::string(100'000, 'x'));
  EXPECT_TRUE(disk.remove(kept).ok());
  // What was open before sees it: it is the same file.
  std::ifstream open(file);
  EXPECT_TRUE(disk.write_over(file).ok());
  EXPECT_EQ(std::string(std::istreambuf_iterator(open), {}), std::string(100'000, '\0'));
  EXPECT_TRUE(disk.write_over(temp / "none").ok()) << "is not there";
  ASSERT_EQ(mkfifo((temp / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(disk.write_over(temp / "pipe").ok()) << "waits for nobody who reads it";
  ASSERT_EQ(symlink("nowhere", (temp / "link").c_str()), 0);
  EXPECT_FALSE(disk.write_over(temp / "link").ok());
  EXPECT_EQ(disk.exists(temp / "link").value(), true) << "the name is taken";
}

TEST(SystemDisk, HidesWhatItMakesFromOthers) {
  const ipc::TempDir temp;
  SystemDisk disk;
  const mode_t before = umask(0);
  EXPECT_TRUE(disk.make_directory(temp / "d").ok());
  EXPECT_TRUE(disk.write_whole(temp / "d/a", "secret").ok());
  umask(before);
  struct stat is {};
  ASSERT_EQ(stat((temp / "d").c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 07777, 0750U);
  ASSERT_EQ(stat((temp / "d/a").c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 07777, 0640U);
}

TEST(SystemDisk, SaysPathAndReason) {
  const ipc::TempDir temp;
  SystemDisk disk;
  const std::string none = temp / "none";
  const std::string folder = temp / "folder";
  ASSERT_TRUE(disk.make_directory(folder).ok());
  EXPECT_EQ(disk.write_whole(none + "/a", "").error().text(),
            none + "/a: No such file or directory");
  EXPECT_EQ(disk.read(folder).error().text(), folder + ": Is a directory");
  EXPECT_EQ(disk.rename(none, folder + "/a").error().text(),
            folder + "/a: No such file or directory");
  EXPECT_EQ(disk.exchange(none, folder + "/a").error().text(),
            folder + "/a: No such file or directory");
  ASSERT_TRUE(disk.write_whole(folder + "/a", "").ok());
  EXPECT_EQ(disk.exchange(folder + "/a", folder).error().text(), folder + ": Is a directory");
  EXPECT_EQ(disk.write_over(folder).error().text(), folder + ": Is a directory");
  EXPECT_EQ(disk.exists("/dev/null/a").error().text(), "/dev/null/a: Not a directory");
  EXPECT_EQ(disk.remove(folder).error().text(), folder + ": Is a directory");
  EXPECT_EQ(disk.list(none).error().text(), none + ": No such file or directory");
  EXPECT_EQ(disk.sync(none).error().text(), none + ": No such file or directory");
  EXPECT_EQ(disk.make_directory(none + "/a").error().text(),
            none + "/a: No such file or directory");
  EXPECT_EQ(disk.write_whole("/dev/full", "text").error().text(),
            "/dev/full: No space left on device");
}

TEST(SystemDisk, ReadsNoFileWithoutEnd) {
  SystemDisk disk;
  EXPECT_EQ(disk.read("/dev/zero").error().text(), "/dev/zero: is larger than 32 MiB");
}

}  // namespace
}  // namespace junctor::config
