// SPDX-License-Identifier: MIT
// What the arguments of `junctor` ask for.
//
//   junctor [--run-dir DIR] [--export-dir DIR] [--login | --help | -c LINE | WORDS...]
//
// The words are a line of the console. Options among them are words of it too, for hands and scripts:
// --json is | json, and --last N, --full, --nonzero are last N, full, nonzero.
//
// Errors    wrong usage is a Result's error with one sentence.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "platform/cli/export_folder.hpp"

namespace junctor::cli {

struct Arguments {
  enum class Kind : std::uint8_t { Converse, Line, Login, Help };
  Kind kind = Kind::Converse;
  std::string run_dir = "/run/junctor";
  std::string export_dir{ExportFolder::kPath};
  std::string line;  // of Line
};

Result<Arguments> read_arguments(std::span<const std::string_view> arguments);

}  // namespace junctor::cli
