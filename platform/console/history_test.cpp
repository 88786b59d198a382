// SPDX-License-Identifier: MIT
#include "platform/console/history.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace junctor::console {
namespace {

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() : path_(testing::TempDir() + "junctor-history-XXXXXX") {
    close(mkstemp(path_.data()));
  }
  ~HistoryTest() override { unlink(path_.c_str()); }

  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string path_;
};

TEST_F(HistoryTest, IsReadByTheOwnerAlone) {
  unlink(path_.c_str());
  const HistoryFile history(path_, 3);
  EXPECT_TRUE(history.load().empty());
  history.append("show calls");
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  // Also when somebody made it otherwise.
  chmod(path_.c_str(), 0644);
  history.append("show trunks");
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(history.load(), (std::vector<std::string>{"show calls", "show trunks"}));
}

TEST_F(HistoryTest, KeepsTheLastLines) {
  const HistoryFile history(path_, 3);
  for (const char* line : {"1", "2", "3", "4", "5", "6"}) history.append(line);
  EXPECT_EQ(history.load(), (std::vector<std::string>{"4", "5", "6"}));
  EXPECT_EQ(text(), "1\n2\n3\n4\n5\n6\n");
  history.append("7");
  EXPECT_EQ(history.load(), (std::vector<std::string>{"5", "6", "7"}));
  EXPECT_EQ(text(), "5\n6\n7\n");
}

TEST_F(HistoryTest, GivesBackNoControlCharacters) {
  std::ofstream(path_) << "show\x1b[2J\n\nset \"open\nshow calls\n";
  EXPECT_EQ(HistoryFile(path_, 9).load(), (std::vector<std::string>{"set \"open", "show calls"}));
}

TEST_F(HistoryTest, IsDoneWithout) {
  const HistoryFile none("", 3);
  none.append("x");
  EXPECT_TRUE(none.load().empty());
  const HistoryFile nowhere("/nonexistent/history", 3);
  nowhere.append("x");
  EXPECT_TRUE(nowhere.load().empty());
}

}  // namespace
}  // namespace junctor::console
