// SPDX-License-Identifier: MIT
// The commands of junctor-board.
//
//   check FOLDER...                   what is wrong with board files
//   list modules|own|storage|watchdog|drivers FOLDER...   what an image for these boards must carry, a line each
//   grub FOLDER...                    the script by which GRUB finds the console (grub.hpp)
//   detect [--root DIR]               the name of this machine's board
//   prepare [--root DIR]              see prepare.hpp; as root, once at boot
//
// Exit codes: 0 done; 1 it did not work, said on the second stream; 2 wrong usage.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace junctor::board {

int run_command(const std::vector<std::string>& words, std::ostream& out, std::ostream& err);

}  // namespace junctor::board
