// SPDX-License-Identifier: MIT
// The command line of junctor-control.
#pragma once

#include <string>

#include "platform/base/result.hpp"
#include "platform/board/machine_file.hpp"

namespace junctor::cp {

struct Arguments {
  std::string config;                          // --config FILE
  std::string factory;                         // --factory FILE: where the folder has nothing
  std::string run_dir = "/run/junctor";        // --run-dir DIR
  std::string media;                           // --media FILE; <run-dir>/media.sock
  std::string state_dir = "/var/lib/junctor";  // --state-dir DIR
  std::string board = board::kMachineFile;     // --board FILE
  std::string plugin_dir;                      // --plugin-dir DIR; <exe>/../lib/junctor/plugins
  bool check = false;                          // --check: validate only
  bool help = false;                           // --help
};

Result<Arguments> parse_arguments(int argc, const char* const* argv);
const char* usage();

}  // namespace junctor::cp
