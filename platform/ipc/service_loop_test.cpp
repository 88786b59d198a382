// SPDX-License-Identifier: MIT
#include "platform/ipc/service_loop.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace junctor::ipc {
namespace {

TEST(ServiceLoop, TurnsUntilItIsToldToEnd) {
  ServiceLoop service;
  int turns = 0;
  const auto turn = service.loop().every(Milliseconds{1}, [&] {
    if (++turns == 3) raise(SIGTERM);
  });
  service.run("turns");
  EXPECT_GE(turns, 3);
}

TEST(ServiceLoop, ASignalBeforeItRunsIsKept) {
  ServiceLoop service;
  ASSERT_EQ(raise(SIGINT), 0);
  service.run("ends at once");
}

}  // namespace
}  // namespace junctor::ipc
