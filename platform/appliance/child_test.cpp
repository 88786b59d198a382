// SPDX-License-Identifier: MIT
#include "platform/appliance/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/appliance/files.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

using testing::ElementsAre;

struct Ran {
  std::vector<std::string> lines;
  int status = -1;
};

Ran run(const std::vector<std::string>& words, const std::string& to_file = {}) {
  const auto loop = ipc::make_epoll_loop();
  Ran ran;
  const auto child = Child::run(*loop, words,
                                {.on_line = [&](const std::string& l) { ran.lines.push_back(l); },
                                 .on_end =
                                     [&](int status) {
                                       ran.status = status;
                                       loop->stop();
                                     },
                                 .to_file = to_file});
  const auto limit = loop->after(Seconds{20}, [&] { loop->stop(); });
  loop->run();
  return ran;
}

TEST(Child, TellsLinesOfBothOutputsAndTheStatus) {
  const Ran ran = run({"sh", "-c", "echo one; echo two >&2; printf '10%%\\r20%%\\rrest'; exit 3"});
  EXPECT_THAT(ran.lines, ElementsAre("one", "two", "10%", "20%", "rest"));
  EXPECT_EQ(ran.status, 3);
}

TEST(Child, WhatItPrintsGoesIntoAFileThatIsMadeAnew) {
  const ipc::TempDir dir;
  const std::string file = dir / "file";
  for (const char* text : {"much more", "less"}) {
    const Ran ran = run({"sh", "-c", std::string("echo error >&2; printf '") + text + "'"}, file);
    EXPECT_THAT(ran.lines, ElementsAre("error"));
    EXPECT_EQ(read_file(file), text);
  }
  EXPECT_EQ(run({"true"}, dir / "none/file").status, 127);
}

TEST(Child, ASignalIsAStatusAbove128) {
  EXPECT_EQ(run({"sh", "-c", "kill -9 $$"}).status, 128 + 9);
}

TEST(Child, AProgramThatIsNotThereEndsWith127AndALine) {
  const Ran ran = run({"/nowhere/no-program"});
  EXPECT_THAT(ran.lines, ElementsAre("/nowhere/no-program: No such file or directory"));
  EXPECT_EQ(ran.status, 127);
}

TEST(Child, ReadsNothing) { EXPECT_EQ(run({"sh", "-c", "read line"}).status, 1); }

TEST(Child, AVeryLongLineIsCut) {
  const Ran ran = run({"sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; echo; echo after"});
  ASSERT_EQ(ran.lines.size(), 2U);
  EXPECT_EQ(ran.lines[0].size(), 4096U);
  EXPECT_EQ(ran.lines[1], "after");
}

TEST(Child, MayBeDestroyedByItsOwnCallback) {
  const auto loop = ipc::make_epoll_loop();
  std::unique_ptr<Child> child;
  child = Child::run(*loop, {"sh", "-c", "echo a; echo b; sleep 60"},
                     {.on_line =
                          [&](const std::string& line) {
                            if (line == "b")
                              loop->post([&] {
                                child.reset();
                                loop->stop();
                              });
                          },
                      .on_end = [](int) { ADD_FAILURE() << "it was killed"; }});
  loop->run();
  EXPECT_EQ(child, nullptr);
}

}  // namespace
}  // namespace junctor::appliance
