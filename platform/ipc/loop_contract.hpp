// SPDX-License-Identifier: MIT
// What every ipc::Loop must do, as tests: a test program gives its loop's maker with
//
//   INSTANTIATE_TEST_SUITE_P(MyLoop, LoopContract, ::testing::Values(&make_my_loop));
//
// Threads   as in loop.hpp.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/unix_socket.hpp"

namespace junctor::ipc {

class LoopContract : public ::testing::TestWithParam<std::unique_ptr<Loop> (*)()> {};

struct Pair {
  Pair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    a.reset(fds[0]);
    b.reset(fds[1]);
  }
  UniqueFd a, b;
};

TEST_P(LoopContract, RunsTimersInTheOrderOfTheirTimes) {
  const auto loop = GetParam()();
  std::string order;
  const auto late = loop->after(Milliseconds{60}, [&] {
    order += '3';
    loop->stop();
  });
  const auto early = loop->after(Milliseconds{20}, [&] { order += '1'; });
  const auto middle = loop->after(Milliseconds{40}, [&] { order += '2'; });
  const auto now = loop->after(Nanoseconds{0}, [&] { order += '0'; });
  loop->run();
  EXPECT_EQ(order, "0123");
}

TEST_P(LoopContract, RepeatsUntilTheHandleGoes) {
  const auto loop = GetParam()();
  int times = 0;
  HandlePtr tick, end;
  tick = loop->every(Milliseconds{1}, [&] {
    if (++times < 3) return;
    end = loop->after(Milliseconds{10}, [&] { loop->stop(); });
    tick.reset();  // inside its own callback
  });
  loop->run();
  EXPECT_EQ(times, 3);
}

TEST_P(LoopContract, ACallbackMayEndAnotherTimerThatIsDueToo) {
  const auto loop = GetParam()();
  int fired = 0;
  HandlePtr first, second;
  first = loop->after(Nanoseconds{0}, [&] {
    ++fired;
    second.reset();
  });
  second = loop->after(Nanoseconds{0}, [&] { ++fired; });
  const auto end = loop->after(Milliseconds{2}, [&] { loop->stop(); });
  loop->run();
  EXPECT_EQ(fired, 1);
}

TEST_P(LoopContract, TimersThatArmThemselvesDoNotStarveDescriptors) {
  const auto loop = GetParam()();
  Pair pair;
  HandlePtr timer;
  std::function<void()> again = [&] { timer = loop->after(Nanoseconds{0}, again); };
  again();
  const auto watch = loop->watch(pair.a.get(), Loop::kRead, [&](std::uint8_t ready) {
    EXPECT_EQ(ready, Loop::kRead);
    loop->stop();
  });
  ASSERT_EQ(write(pair.b.get(), "x", 1), 1);
  loop->run();  // ends only if the descriptor is served
  timer.reset();
}

TEST_P(LoopContract, SaysWhatADescriptorIsReadyFor) {
  const auto loop = GetParam()();
  Pair pair;
  std::uint8_t got = 0;
  HandlePtr watch = loop->watch(pair.a.get(), Loop::kWrite, [&](std::uint8_t ready) {
    got = ready;
    loop->stop();
  });
  loop->run();
  EXPECT_EQ(got, Loop::kWrite);
  watch.reset();
  pair.b.reset();  // a hang-up comes unasked
  watch = loop->watch(pair.a.get(), 0, [&](std::uint8_t ready) {
    got = ready;
    loop->stop();
  });
  loop->run();
  EXPECT_EQ(got, Loop::kError);
}

TEST_P(LoopContract, ACallbackMayEndItsOwnWatchAndAnother) {
  const auto loop = GetParam()();
  Pair one, two;
  ASSERT_EQ(write(one.b.get(), "x", 1), 1);
  ASSERT_EQ(write(two.b.get(), "x", 1), 1);
  int called = 0;
  HandlePtr watch_one, watch_two;
  const auto end_both = [&](std::uint8_t) {
    ++called;
    watch_one.reset();
    watch_two.reset();
  };
  watch_one = loop->watch(one.a.get(), Loop::kRead, end_both);
  watch_two = loop->watch(two.a.get(), Loop::kRead, end_both);
  const auto end = loop->after(Milliseconds{2}, [&] { loop->stop(); });
  loop->run();
  EXPECT_EQ(called, 1);
}

TEST_P(LoopContract, TakesFunctionsFromOtherThreads) {
  const auto loop = GetParam()();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  int count = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        loop->post([&] {
          if (++count == kThreads * kEach) loop->stop();
        });
      }
    });
  }
  loop->run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kEach);
}

TEST_P(LoopContract, AFunctionMayPostAnother) {
  const auto loop = GetParam()();
  loop->post([&] { loop->post([&] { loop->stop(); }); });
  loop->run();
}

TEST_P(LoopContract, StopBeforeRunEndsItAtOnce) {
  const auto loop = GetParam()();
  loop->stop();
  loop->run();
  loop->post([&] { loop->stop(); });
  loop->run();
}

TEST_P(LoopContract, HandlesMayOutliveIt) {
  auto loop = GetParam()();
  Pair pair;
  auto watch = loop->watch(pair.a.get(), Loop::kRead, [](std::uint8_t) {});
  auto timer = loop->after(Seconds{1}, [] {});
  loop.reset();
  watch.reset();
  timer.reset();
}

TEST_P(LoopContract, RefusesASecondWatchOfADescriptor) {
  const auto loop = GetParam()();
  Pair pair;
  const auto watch = loop->watch(pair.a.get(), Loop::kRead, [](std::uint8_t) {});
  EXPECT_DEATH((void)loop->watch(pair.a.get(), Loop::kWrite, [](std::uint8_t) {}),
               "assertion failed");
}

TEST_P(LoopContract, SignalsBecomeCallbacks) {
  const auto loop = GetParam()();
  std::vector<int> got;
  HandlePtr signals;
  signals = on_signals(*loop, [&](int signal) {
    got.push_back(signal);
    if (got.size() < 2) return;
    signals.reset();  // inside its own callback
    loop->stop();
  });
  ASSERT_EQ(raise(SIGHUP), 0);
  ASSERT_EQ(raise(SIGTERM), 0);
  loop->run();
  EXPECT_EQ(got, (std::vector<int>{SIGHUP, SIGTERM}));
}

}  // namespace junctor::ipc
