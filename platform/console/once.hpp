// SPDX-License-Identifier: MIT
// Once: the console without a terminal. One line from a program's arguments, or lines from a file.
//
//   junctor show calls '|' json          junctor < lines
//
// Answers go to one descriptor, what is wrong to another; nothing is asked and nothing stops.
//
// Threads   one thread; SIGINT interrupts a command, as in a session.
// Errors    are sentences on `errors` and the exit status.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "platform/console/language.hpp"

namespace junctor::console {

enum ExitStatus : int { kDone = 0, kFailed = 1, kUsage = 2 };

// The arguments, each a word; an argument "|" is a pipe.
std::string line_of(std::span<const std::string_view> arguments);

int run_once(Language& language, std::string_view line, int out, int errors);

// Each line that `in` gives, to its end or until one leaves. One that fails is the last: what is wrong
// and its number are said, and those after it, perhaps a commit, are not run. The status is its own.
int run_lines(Language& language, int in, int out, int errors);

}  // namespace junctor::console
