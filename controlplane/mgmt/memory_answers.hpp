// SPDX-License-Identifier: MIT
// The answer to `show memory`: what junctor-control takes and may take, what of it is calls and
// trace, what it keeps on the disk; and what the dataplane says of itself.
//
// Threads   the control loop's. What the dataplane must be asked for comes later.
// Lifetime  what is given outlives the answers.
// Errors    without the dataplane there are the rows of junctor-control alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "controlplane/media/media_plane.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "controlplane/sip/trace.hpp"

namespace junctor::cp {

struct MemoryShown {
  MediaPlane& media;
  const Trace& trace;
  std::string state_dir;
  struct Now {
    std::uint64_t in_use = 0;  // octets
    std::uint64_t limit = 0;
    std::uint32_t calls = 0;
    std::uint32_t max_calls = 0;
  };
  std::function<Now()> now;
};
void add_memory_answers(Answers& answers, MemoryShown shown);

}  // namespace junctor::cp
