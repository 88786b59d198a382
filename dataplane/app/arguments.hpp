// SPDX-License-Identifier: MIT
// The command line of junctor-dataplane.
#pragma once

#include <optional>
#include <string>

#include "platform/base/result.hpp"
#include "platform/board/machine_file.hpp"

namespace junctor::dp {

struct Arguments {
  std::string config;                       // --config FILE
  std::string run_dir = "/run/junctor";     // --run-dir DIR
  std::string board = board::kMachineFile;  // --board FILE
  std::string network;                      // --network FILE; empty: this process does it itself
  bool check = false;                       // --check: validate only
  bool help = false;                        // --help
};

Result<Arguments> parse_arguments(int argc, char** argv);
const char* usage();

}  // namespace junctor::dp
