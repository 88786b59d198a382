// SPDX-License-Identifier: MIT
#include "platform/board/host.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/board/fake_host.hpp"

namespace junctor::board {
namespace {

TEST(Host, ReadsWhatIsThere) {
  FakeHost host;
  host.file("/sys/a", "12 \n");
  host.file("/sys/b", "0x0200\n");
  host.file("/sys/c", "-1\n");
  host.file("/sys/empty", "");
  host.link("/sys/driver", "../drivers/vfio-pci");
  EXPECT_EQ(host.read("/sys/a"), "12");
  EXPECT_EQ(host.read("/sys/empty"), "");
  EXPECT_EQ(host.read("/sys/none"), std::nullopt);
  EXPECT_EQ(host.read_number("/sys/a"), 12u);
  EXPECT_EQ(host.read_number("/sys/b"), 0x200u);
  EXPECT_EQ(host.read_number("/sys/c"), std::nullopt);
  EXPECT_EQ(host.read_number("/sys/empty"), std::nullopt);
  EXPECT_EQ(host.link_name("/sys/driver"), "vfio-pci");
  EXPECT_EQ(host.link_name("/sys/a"), "");
  EXPECT_EQ(host.list("/sys"), (std::vector<std::string>{"a", "b", "c", "driver", "empty"}));
  EXPECT_EQ(host.list("/none"), std::vector<std::string>{});
}

TEST(Host, ReplacesWithTheModeWhateverTheUmask) {
  FakeHost host;
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(host.replace("/run/x/file", "one", 0644).ok());
  EXPECT_TRUE(host.replace("/run/x/file", "two", 0644).ok());
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(host.path_of("/run/x/file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0644u);
  EXPECT_EQ(host.read("/run/x/file"), "two");
  EXPECT_EQ(host.list("/run/x"), std::vector<std::string>{"file"});
}

TEST(Host, NamesThePathOfWhatFails) {
  Host host("/nonexistent");
  EXPECT_EQ(host.write("/sys/x", "1").error().text(), "/sys/x: No such file or directory");
  EXPECT_EQ(host.give("/dev/x", "nosuchgroup", 0660).error().text(),
            "/dev/x: there is no group nosuchgroup");
  EXPECT_EQ(host.set_mode("/dev/x", 0660).error().text(), "/dev/x: No such file or directory");
}

TEST(Host, RunsOnTheMachineItselfOnly) {
  EXPECT_TRUE(Host("/nonexistent").run({"false"}).ok());
  Host host("");
  EXPECT_TRUE(host.run({"true", "x"}).ok());
  EXPECT_EQ(host.run({"false", "x"}).error().text(), "false x: ended with 1");
  EXPECT_EQ(host.run({"junctor-none"}).error().text(), "junctor-none: No such file or directory");
}

}  // namespace
}  // namespace junctor::board
