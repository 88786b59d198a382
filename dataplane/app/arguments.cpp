// SPDX-License-Identifier: MIT
#include "dataplane/app/arguments.hpp"

#include <string_view>

namespace junctor::dp {

const char* usage() {
  return "usage: junctor-dataplane --config FILE [--run-dir DIR] [--board FILE]\n"
         "                         [--network FILE] [--check]\n"
         "  --config FILE   the configuration of the gateway\n"
         "  --run-dir DIR   where media.sock is made (/run/junctor)\n"
         "  --board FILE    names of ports and cores of this machine, if there is such a file\n"
         "                  (/run/junctor-board/board.json)\n"
         "  --network FILE  the socket of junctor-network, which makes the interfaces of the\n"
         "                  kernel; without it this program does, and needs CAP_NET_ADMIN\n"
         "  --check         say what is wrong with the configuration, and end\n";
}

Result<Arguments> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--check") {
      arguments.check = true;
    } else if (word == "--help") {
      arguments.help = true;
    } else if (word == "--config" || word == "--run-dir" || word == "--board" ||
               word == "--network") {
      if (i + 1 == argc) return Error{std::string(word), "needs a value"};
      std::string& value = word == "--config"    ? arguments.config
                           : word == "--run-dir" ? arguments.run_dir
                           : word == "--network" ? arguments.network
                                                 : arguments.board;
      value = argv[++i];
    } else {
      return Error{std::string(word), "is no argument of junctor-dataplane"};
    }
  }
  if (arguments.config.empty() && !arguments.help) return Error{"--config", "is missing"};
  return arguments;
}

}  // namespace junctor::dp
