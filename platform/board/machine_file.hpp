// SPDX-License-Identifier: MIT
// The file that tells the programs of the machine they run on (api/board/v1/machine.proto).
//
//   junctor-board prepare --> /run/junctor-board/board.json --> junctor-dataplane, junctor-control
//
// Threads   any. A reader sees a whole file: it is replaced in one step.
// Errors    a machine without the file is none: no board is known then.
#pragma once

#include <optional>
#include <string>

#include "board/v1/machine.pb.h"
#include "platform/base/result.hpp"
#include "platform/board/host.hpp"

namespace junctor::board {

inline constexpr const char* kMachineFile = "/run/junctor-board/board.json";
// An empty file beside it where lamps are to be switched: junctor-leds is not started elsewhere.
inline constexpr const char* kLampsMark = "/run/junctor-board/lamps";

Result<void> write_machine(Host& host, const v1::Machine& machine);
// Nothing if there is no such file.
Result<std::optional<v1::Machine>> read_machine(const std::string& path);

}  // namespace junctor::board
