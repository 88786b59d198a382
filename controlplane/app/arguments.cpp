// SPDX-License-Identifier: MIT
#include "controlplane/app/arguments.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

namespace junctor::cp {
namespace {

std::string default_plugin_dir() {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return (program.parent_path().parent_path() / "lib" / "junctor" / "plugins").string();
}

}  // namespace

const char* usage() {
  return "usage: junctor-control --config FILE [--factory FILE] [--run-dir DIR] [--media FILE]\n"
         "                       [--state-dir DIR] [--plugin-dir DIR] [--board FILE] [--check]\n"
         "  --config FILE     the configuration of the gateway: a file, or a folder that the "
         "console\n"
         "                    changes (running.json and its revisions)\n"
         "  --factory FILE    what the folder begins with, where it has nothing that can be read\n"
         "  --run-dir DIR     where the sockets are (/run/junctor)\n"
         "  --media FILE      the socket of the dataplane (media.sock in the same folder)\n"
         "  --state-dir DIR   where calls and records are kept (/var/lib/junctor)\n"
         "  --plugin-dir DIR  where the dialects are (../lib/junctor/plugins)\n"
         "  --board FILE      what is known of this machine (/run/junctor-board/board.json)\n"
         "  --check           say what is wrong with the configuration, and end\n";
}

Result<Arguments> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  const auto value_of = [&arguments](std::string_view word) -> std::string* {
    if (word == "--config") return &arguments.config;
    if (word == "--factory") return &arguments.factory;
    if (word == "--run-dir") return &arguments.run_dir;
    if (word == "--media") return &arguments.media;
    if (word == "--state-dir") return &arguments.state_dir;
    if (word == "--board") return &arguments.board;
    if (word == "--plugin-dir") return &arguments.plugin_dir;
    return nullptr;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--check") {
      arguments.check = true;
    } else if (word == "--help") {
      arguments.help = true;
    } else if (std::string* value = value_of(word)) {
      if (i + 1 == argc) return Error{std::string(word), "needs a value"};
      *value = argv[++i];
    } else {
      return Error{std::string(word), "is no argument of junctor-control"};
    }
  }
  if (arguments.config.empty() && !arguments.help) return Error{"--config", "is missing"};
  if (arguments.plugin_dir.empty()) arguments.plugin_dir = default_plugin_dir();
  return arguments;
}

}  // namespace junctor::cp
