// SPDX-License-Identifier: MIT
#include "dataplane/io/cpu.hpp"

#include <sched.h>

#include <algorithm>
#include <string>

namespace junctor::dp {

std::vector<unsigned> allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cores;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (unsigned i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) cores.push_back(i);
  return cores;
}

Result<CorePlan> plan_cores(const std::vector<unsigned>& asked,
                            const std::vector<unsigned>& allowed) {
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (!std::binary_search(allowed.begin(), allowed.end(), asked[i]))
      return Error{"dataplane.worker_cores[" + std::to_string(i) + "]",
                   "core " + std::to_string(asked[i]) + " is not there or not ours to use"};
  CorePlan plan;
  plan.workers = asked.empty() ? std::vector<unsigned>{allowed.back()} : asked;
  std::sort(plan.workers.begin(), plan.workers.end());
  if (std::adjacent_find(plan.workers.begin(), plan.workers.end()) != plan.workers.end())
    return Error{"dataplane.worker_cores", "a core is named twice"};
  std::set_difference(allowed.begin(), allowed.end(), plan.workers.begin(), plan.workers.end(),
                      std::back_inserter(plan.others));
  if (plan.others.empty()) plan.others = allowed;
  return plan;
}

void run_on(const std::vector<unsigned>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned core : cores) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace junctor::dp
