// SPDX-License-Identifier: MIT
// Flow: a ladder with a sentence (world.hpp tells how to read ladders), after RFC 3665, RFC 5407 and what PBXs do.
// "= up" stands for an established call between a and b, "= a hangs up" for its end.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace junctor::cp::testing {

struct Flow {
  const char* sentence;
  const char* script;
};

// A script with the lines that those stand for, each once.
std::string expanded(std::string script);
// Plays each in a world of its own. It ends with nothing left: no call, port, session, timer or unanswered request.
void run(std::initializer_list<Flow> flows);

}  // namespace junctor::cp::testing
