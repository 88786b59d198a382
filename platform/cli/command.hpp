// SPDX-License-Identifier: MIT
// Command: what the arguments of `junctor` ask for.
//
//   junctor [--run-dir DIR] show calls|trunks|media|ports|workers|counters|trace|records|version
//   [ARGUMENT] [OPTIONS]
//
// Words may be cut short as long as they stay unambiguous: `junctor sh ca`.
//
// Errors    wrong usage is a Result's error with one sentence; usage() says what is right.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "management/v1/management.pb.h"
#include "platform/base/result.hpp"

namespace junctor::cli {

enum class Noun : std::uint8_t {
  Calls,
  Trunks,
  Media,
  Ports,
  Workers,
  Counters,
  Trace,
  Records,
  Version
};

struct Command {
  Noun noun = Noun::Version;
  std::string run_dir = "/run/junctor";
  std::string argument;    // a call, a trunk
  std::uint32_t last = 0;  // of trace and records
  bool is_json = false;
  bool is_full = false;     // trace: the messages whole
  bool is_nonzero = false;  // counters: those that counted
  bool is_help = false;
  std::size_t width = 0;  // of the terminal; 0: lines are as long as they are
};

Result<Command> parse_command(std::span<const std::string_view> arguments);
management::v1::Request request_of(const Command& command);
std::string usage();

}  // namespace junctor::cli
