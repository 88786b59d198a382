// SPDX-License-Identifier: MIT
// junctor-board: see commands.hpp.
#include <iostream>

#include "platform/board/commands.hpp"

int main(int argc, char** argv) {
  return junctor::board::run_command({argv + 1, argv + argc}, std::cout, std::cerr);
}
