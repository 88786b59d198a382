// SPDX-License-Identifier: MIT
// Cores: which of a machine do what, and the keeping apart of them.
//
//   4 cores: 0 for everything else, 1-3 for the workers, whom nothing disturbs
//   2 cores: 1 for a worker, and everything else on both; 1 core: all on it
//
// Errors    a core of the board that the machine has not is left out, and said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "board/v1/board.pb.h"
#include "board/v1/machine.pb.h"
#include "platform/board/host.hpp"

namespace junctor::board {

// "0-2,5" -> 0, 1, 2, 5; nothing where it is no such list.
std::vector<std::uint32_t> cores_of(std::string_view list);

struct CoreSplit {
  v1::MachineCores cores;
  std::string note;
};
// online: ascending, one at least.
CoreSplit split_cores(const v1::Cores& wanted, const std::vector<std::uint32_t>& online);

// Tells systemd, so that only the slice of the dataplane has the workers' cores (cgroup v2, cpuset).
// Until the next boot. Does nothing where the cores are not separate.
Result<void> keep_apart(Host& host, const v1::MachineCores& cores);

}  // namespace junctor::board
