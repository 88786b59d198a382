// SPDX-License-Identifier: MIT
// Board files: reading one, and what is to be said of one beyond its schema (api/board/v1).
//
//   board/qemu_x86/board.json --> v1::Board, or a line for each mistake: file, line, path, reason
//
// Errors    every mistake of a file is reported, not the first alone.
#pragma once

#include <string>
#include <vector>

#include "board/v1/board.pb.h"
#include "platform/base/result.hpp"

namespace junctor::board {

// As it stands in FOLDER/board.json, or in a file of another name; checked, without defaults.
Result<v1::Board> load_board(const std::string& folder);

// Every folder; the error has the mistakes of all, and those of the boards together: a name that two
// have, a machine that two take.
Result<std::vector<v1::Board>> load_boards(const std::vector<std::string>& folders);

}  // namespace junctor::board
