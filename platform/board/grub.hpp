// SPDX-License-Identifier: MIT
// What GRUB has to know of the boards: where the console of a machine is, before a kernel runs, and what
// that kernel is told.
//
//   boards --> [grub_script] --> lines of slot.cfg, and of GRUB's menu --> console=ttyS1,57600
//
// GRUB reads SMBIOS itself (module smbios), and compares by POSIX's extended expressions (regexp)
// where detect.hpp does by RE2: only what means the same in both may stand in the `match` of a board.
#pragma once

#include <string>
#include <vector>

#include "board/v1/board.pb.h"

namespace junctor::board {

// A pattern that RE2 and GRUB understand, and understand alike. kForGrub says so to people.
inline constexpr const char* kForGrub =
    "text without ', . ( ) | * + ? {n,m}, \\ before one of these, [ ] with letters, digits and "
    "blank _ . , / - inside";
bool is_for_grub(const std::string& pattern);

// A script of GRUB: finds the machine's board as detect.hpp does, and sets
//   console                        of the kernel: "ttyS0,115200"
//   console_unit, console_speed    of GRUB's own serial line; empty if GRUB cannot drive that one: it
//                                  knows ttyS0 to ttyS3, up to 115200
//   kernel_arguments               more of them, of this board
// A machine whose SMBIOS tells nothing is the board without a match.
std::string grub_script(const std::vector<v1::Board>& boards);

}  // namespace junctor::board
