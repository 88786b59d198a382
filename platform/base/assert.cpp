// SPDX-License-Identifier: MIT
#include "platform/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace junctor {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "<0>assertion failed: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace junctor
