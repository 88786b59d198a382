// SPDX-License-Identifier: MIT
#include "platform/board/grub.hpp"

#include <gtest/gtest.h>

namespace junctor::board {
namespace {

TEST(IsForGrub, TakesWhatRe2AndPosixReadAlike) {
  struct Row {
    const char* sentence;
    const char* pattern;
    bool is_taken;
  };
  const Row rows[] = {
      {"text", "Acme Box, Inc. (tm)", true},
      {"an empty one", "", true},
      {"groups, choice and repetition", "(Acme|ACME)( Inc\\.)?.*", true},
      {"counted repetition", "Box [0-9]{1,3}", true},
      {"brackets that exclude", "[^A-Z]+", true},
      {"signs without their meaning", "Box\\+ \\(5\\) \\[a\\] \\{b\\}", true},
      {"classes of letters are RE2's", "Box \\d+", false},
      {"bounds of words are GNU's", "\\<Box", false},
      {"options are RE2's", "(?i)box", false},
      {"a \\ in brackets is a letter for GRUB", "[\\w]", false},
      {"a brace that counts nothing", "a{b", false},
      {"what ends GRUB's quotes", "Maker's", false},
      {"what is no ASCII", "B\xc3\xb6x", false},
      {"an end of line", "a\nb", false},
  };
  for (const Row& row : rows) EXPECT_EQ(is_for_grub(row.pattern), row.is_taken) << row.sentence;
}

v1::Board board(const std::string& name, const std::string& device, std::uint32_t speed = 0) {
  v1::Board made;
  made.set_name(name);
  made.mutable_console()->set_device(device);
  if (speed > 0) made.mutable_console()->set_speed(speed);
  return made;
}

v1::Match match(const char* vendor, const char* product) {
  v1::Match made;
  if (vendor != nullptr) made.set_sys_vendor(vendor);
  if (product != nullptr) made.set_product_name(product);
  return made;
}

TEST(GrubScript, AsksForTheMostSpecificBoardFirst) {
  v1::Board box = board("box", "ttyS1", 57600);
  *box.add_match() = match("Acme", "Box 5.*");
  *box.add_match() = match(nullptr, "Box");
  box.add_kernel_arguments("pci=nocrs,noaer");
  box.add_kernel_arguments("no_timer_check");
  EXPECT_EQ(grub_script({board("any", "ttyS0"), box}),
            R"(set vendor=; set product=; set console=; set console_unit=; set console_speed=
set kernel_arguments=
smbios --type 1 --get-string 4 --set vendor
smbios --type 1 --get-string 5 --set product
if [ -z "$console" ]; then  # box
  if regexp '^(Acme) *$' "$vendor"; then
  if regexp '^(Box 5.*) *$' "$product"; then
  set console=ttyS1,57600; set console_unit=1; set console_speed=57600
  set kernel_arguments="pci=nocrs,noaer no_timer_check"
  fi
  fi
fi
if [ -z "$console" ]; then  # box
  if regexp '^(Box) *$' "$product"; then
  set console=ttyS1,57600; set console_unit=1; set console_speed=57600
  set kernel_arguments="pci=nocrs,noaer no_timer_check"
  fi
fi
if [ -z "$console" ]; then  # any
  set console=ttyS0,115200; set console_unit=0; set console_speed=115200
fi
if [ -z "$console" ]; then  # any other
  set console=ttyS0,115200; set console_unit=0; set console_speed=115200
fi
)");
}

TEST(GrubScript, LeavesTheMenuOutWhereGrubCannotDriveTheLine) {
  struct Row {
    const char* sentence;
    const char* device;
    std::uint32_t speed;
    const char* settings;
  };
  const Row rows[] = {
      {"the fourth line", "ttyS3", 9600,
       "set console=ttyS3,9600; set console_unit=3; set console_speed=9600\n"},
      {"the fifth", "ttyS4", 9600,
       "set console=ttyS4,9600; set console_unit=; set console_speed=\n"},
      {"another kind", "ttyUSB0", 9600,
       "set console=ttyUSB0,9600; set console_unit=; set console_speed=\n"},
      {"too fast", "ttyS0", 230400,
       "set console=ttyS0,230400; set console_unit=; set console_speed=\n"},
  };
  for (const Row& row : rows)
    EXPECT_NE(grub_script({board("a", row.device, row.speed)}).find(row.settings),
              std::string::npos)
        << row.sentence;
}

}  // namespace
}  // namespace junctor::board
