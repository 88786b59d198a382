// SPDX-License-Identifier: MIT
// Prepares a machine for the gateway, once at boot: detects the board, loads its modules, takes the
// memory, gives the ports to DPDK, keeps the cores apart, lights a lamp, and writes down what came of it.
//
//   /usr/share/junctor/boards/*/board.json --> [prepare] --> /run/junctor-board/board.json
//
// Errors    what does not work is a note or the reason of a port, never the end: a machine with half
//           its ports is better than none.
#pragma once

#include <vector>

#include "board/v1/machine.pb.h"
#include "platform/board/board_file.hpp"
#include "platform/board/host.hpp"

namespace junctor::board {

inline constexpr const char* kBoardsFolder = "/usr/share/junctor/boards";

// Those below the root that can be read; the mistakes of the others.
struct Installed {
  std::vector<v1::Board> boards;
  std::vector<std::string> mistakes;
};
Installed installed_boards(const Host& host);

// The error: no board fits.
Result<v1::Machine> prepare(Host& host);

}  // namespace junctor::board
