// SPDX-License-Identifier: MIT
#include "controlplane/app/process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {
namespace {

TEST(Process, TellsWhatItUses) {
  const std::uint64_t before = memory_in_use();
  const std::vector<char> much(std::size_t{64} << 20, 'x');
  EXPECT_GE(memory_in_use(), before + (std::uint64_t{60} << 20)) << much.size();
}

#ifndef JUNCTOR_SANITIZED  // sanitizers need all of the address space
TEST(Process, CannotTakeMoreThanTheCap) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::uint64_t cap = memory_in_use() + (std::uint64_t{32} << 20);
    if (!set_limits(cap).ok()) _exit(1);
    void* const little = std::malloc(std::size_t{4} << 20);
    void* const much = std::malloc(std::size_t{256} << 20);
    _exit(little != nullptr && much == nullptr ? 42 : 2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}
#endif

TEST(Process, TakesNoMoreThanItsControlGroupMay) {
  const ipc::TempDir dir;
  const std::string root = dir / "root";
  const auto write = [&root](const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  };
  EXPECT_EQ(memory_limit(1000, root), 1000U);
  write("/proc/self/cgroup", "1:name=systemd:/elsewhere\n0::/system.slice/x.service\n");
  EXPECT_EQ(memory_limit(1000, root), 1000U);
  const std::string limit = "/sys/fs/cgroup/system.slice/x.service/memory.max";
  write(limit, "max\n");
  EXPECT_EQ(memory_limit(1000, root), 1000U);
  write(limit, "400000000\n");
  EXPECT_EQ(memory_limit(2'000'000'000, root), 340'000'000U);
  EXPECT_EQ(memory_limit(300'000'000, root), 300'000'000U);
}

TEST(MemoryGate, ClosesAndOpens) {
  struct Row {
    const char* sentence;
    std::uint64_t in_use;
    bool changes;
    bool is_closed;
  };
  const Row rows[] = {
      {"room", 500, false, false},         {"nearly", 799, false, false},
      {"full", 800, true, true},           {"still full", 950, false, true},
      {"a little less", 700, false, true}, {"room again", 699, true, false},
  };
  MemoryGate gate(1000);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    EXPECT_EQ(gate.update(row.in_use), row.changes);
    EXPECT_EQ(gate.is_closed(), row.is_closed);
  }
}

}  // namespace
}  // namespace junctor::cp
