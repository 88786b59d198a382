// SPDX-License-Identifier: MIT
// Which cores do what: workers on theirs, everything else on the others, as far as there are
// others.
//
// Threads   run_on() concerns the calling thread and those that it starts later.
#pragma once

#include <vector>

#include "platform/base/result.hpp"

namespace junctor::dp {

// The cores that this process may use, ascending.
std::vector<unsigned> allowed_cores();

struct CorePlan {
  std::vector<unsigned> workers;
  std::vector<unsigned> others;  // never empty; the same cores where there are no more
};

// A worker on each core asked for; on the highest one if none is. The error names a core that is
// not allowed.
Result<CorePlan> plan_cores(const std::vector<unsigned>& asked,
                            const std::vector<unsigned>& allowed);

void run_on(const std::vector<unsigned>& cores);

}  // namespace junctor::dp
