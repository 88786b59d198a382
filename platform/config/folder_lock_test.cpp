// SPDX-License-Identifier: MIT
#include "platform/config/folder_lock.hpp"

#include <gtest/gtest.h>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::config {
namespace {

TEST(FolderLock, IsHeldByOneAndFreeAfterIt) {
  const ipc::TempDir dir;
  auto first = FolderLock::take(dir / "");
  ASSERT_TRUE(first.ok()) << first.error().text();
  const auto second = FolderLock::take(dir / "");
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().text().find("another junctor-control"), std::string::npos);
  first->reset();
  EXPECT_TRUE(FolderLock::take(dir / "").ok());
  EXPECT_FALSE(FolderLock::take(dir / "none").ok());
}

}  // namespace
}  // namespace junctor::config
