// SPDX-License-Identifier: MIT
// JUNCTOR_ASSERT: states what can only be false through a bug of ours. Checked in every build; on
// failure the process says where and aborts, and its supervisor starts it again (both planes resume
// their calls).
#pragma once

namespace junctor {

// Prints "assertion failed: <expression> at <file>:<line>" to stderr and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace junctor

#define JUNCTOR_ASSERT(expression)     \
  ((expression) ? static_cast<void>(0) \
                : ::junctor::assertion_failed(#expression, __FILE__, __LINE__))
