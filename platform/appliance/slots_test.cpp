// SPDX-License-Identifier: MIT
#include "platform/appliance/slots.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

std::array<v1::Slot, 2> named() {
  std::array<v1::Slot, 2> slots;
  slots[0].set_name("A");
  slots[1].set_name("B");
  return slots;
}

TEST(Slots, TheKernelsCommandLineNamesTheOneThatRuns) {
  const ipc::TempDir dir;
  const Places places{dir / "root"};
  std::filesystem::create_directories(places.at("/proc"));
  const struct {
    const char* line;
    const char* slot;
  } rows[] = {{"quiet junctor.slot=A rauc.slot=B", "A"},
              {"junctor.slot=B\n", "B"},
              {"quiet", ""},
              {"junctor.slot=C", ""},
              {"xjunctor.slot=A", ""},
              {"", ""}};
  for (const auto& row : rows) {
    std::ofstream(places.at("/proc/cmdline")) << row.line;
    EXPECT_EQ(running_slot(places), row.slot) << row.line;
  }
}

TEST(Slots, TheNextStartTakesTheFirstInOrderThatHasStartsLeft) {
  const struct {
    const char* text;
    const char* next;
  } rows[] = {{"order=A B\nA_left=6\nA_good=1\nB_left=3\nB_good=0\n", "A"},
              {"order=B A\nA_left=6\nA_good=1\nB_left=3\nB_good=0\n", "B"},
              {"order=B A\nA_left=6\nA_good=1\nB_left=0\nB_good=0\n", "A"},
              {"order=B A\nA_left=0\nA_good=1\nB_left=0\nB_good=0\n", ""},
              {"", ""}};
  for (const auto& row : rows) {
    auto slots = named();
    read_choice(row.text, slots);
    std::string next;
    for (const auto& slot : slots)
      if (slot.is_next()) next += slot.name();
    EXPECT_EQ(next, row.next) << row.text;
  }
  auto slots = named();
  read_choice(rows[1].text, slots);
  EXPECT_TRUE(slots[0].is_good());
  EXPECT_FALSE(slots[1].is_good());
  EXPECT_EQ(slots[1].starts_left(), 3U);
}

// As RAUC 1.8 writes it.
TEST(Slots, VersionAndTimeComeFromRaucsStatus) {
  auto slots = named();
  read_status(
      "[slot.rootfs.1]\nbundle.compatible=junctor-x86_64\nbundle.version=1.2.3\nstatus=ok\n"
      "sha256=00\nsize=4096\ninstalled.timestamp=2026-11-22T10:00:00Z\ninstalled.count=1\n\n"
      "[slot.boot.1]\nbundle.version=9.9.9\n",
      slots);
  EXPECT_EQ(slots[0].version(), "");
  EXPECT_EQ(slots[1].version(), "1.2.3");
  EXPECT_EQ(slots[1].installed_unix_ms(), 1795341600000U);
  read_status("[slot.rootfs.0]\ninstalled.timestamp=yesterday\nbundle.version=\n", slots);
  EXPECT_EQ(slots[0].installed_unix_ms(), 0U);
}

}  // namespace
}  // namespace junctor::appliance
