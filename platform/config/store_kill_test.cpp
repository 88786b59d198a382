// SPDX-License-Identifier: MIT
// A process that commits is killed at any moment, and the next one opens what it left, on the real
// disk.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

#include "platform/config/store.hpp"
#include "platform/config/store_files.hpp"
#include "platform/config/test_store.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::config {
namespace {

using namespace std::chrono_literals;

constexpr int kKills = 50;

std::string name_of(std::uint32_t revision) { return "gw-" + std::to_string(revision); }

// Tells the number of each revision that holds, as soon as it does. Never returns.
[[noreturn]] void commit_for_ever(const std::string& directory, int told) {
  SystemDisk disk;
  const SystemClock clock;
  const auto store = Store::open(directory, disk, clock, config_named(name_of(1)));
  if (!store) _exit(1);
  for (;;) {
    const std::uint32_t next = (*store)->number() + 1;
    const bool is_pending = (*store)->pending().has_value();
    const auto window = next % 3 == 0 && !is_pending ? std::optional<Seconds>(1h) : std::nullopt;
    const auto revision = (*store)->commit(config_named(name_of(next)), "child", "", window);
    if (!revision || revision->number != next) _exit(2);
    if (::write(told, &revision->number, sizeof revision->number) < 0) _exit(3);
    if (next % 6 == 0 && !(*store)->confirm("child")) _exit(4);
  }
}

// The last number that the child told.
std::uint32_t kill_after(std::chrono::microseconds time, const std::string& directory) {
  std::array<int, 2> pipe_ends{};
  EXPECT_EQ(pipe(pipe_ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    commit_for_ever(directory, pipe_ends[1]);
  }
  close(pipe_ends[1]);
  usleep(static_cast<useconds_t>(time.count()));
  kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  std::uint32_t last = 0;
  while (::read(pipe_ends[0], &last, sizeof last) > 0) {
  }
  close(pipe_ends[0]);
  return last;
}

TEST(StoreKill, LeavesTheOldOrTheNewRevisionWhole) {
  const ipc::TempDir temp;
  const std::string directory = temp / "config";
  SystemDisk disk;
  const SystemClock clock;
  std::mt19937 random(20260131);
  std::uniform_int_distribution<int> microseconds(0, 40'000);
  std::uint32_t number = 0;
  // On a busy machine a child may be killed before it came to commit: then there are more of them.
  for (int i = 0; i < kKills || (number <= 10 && i < 20 * kKills); ++i) {
    const std::uint32_t told =
        kill_after(std::chrono::microseconds(microseconds(random)), directory);
    const auto store = Store::open(directory, disk, clock, config_named(name_of(1)));
    ASSERT_TRUE(store.ok()) << store.error().text();
    const std::uint32_t before = std::max(told, number);
    number = (*store)->number();
    EXPECT_TRUE(number == before || number == before + 1) << number << " after " << before;
    EXPECT_TRUE(is_same((*store)->running(), config_named(name_of(number))));
    EXPECT_TRUE(is_same(*(*store)->load(number), (*store)->running()));
    if ((*store)->pending()) {
      EXPECT_EQ(number % 3, 0U) << "only these have a window";
    }
    for (const Revision& revision : (*store)->revisions()) EXPECT_EQ(revision.mistake, "");
  }
  EXPECT_GT(number, 10U) << "the child came to commit";
}

}  // namespace
}  // namespace junctor::config
