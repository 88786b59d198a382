// SPDX-License-Identifier: MIT
// Loop: what a single-threaded event loop offers. junctor-dataplane's control thread and the tests
// run an EpollLoop; junctor-control runs Sofia's loop behind the same interface (controlplane/sip).
//
// Threads   everything on the loop's own thread, except post().
// Lifetime  a watch or timer ends when its handle is destroyed; inside its own callback as well.
//           One watch a descriptor, and it ends before the descriptor is closed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "platform/base/clock.hpp"

namespace junctor::ipc {

// Destroying it ends what it stands for.
class Handle {
 public:
  virtual ~Handle() = default;
};
using HandlePtr = std::unique_ptr<Handle>;

class Loop {
 public:
  enum Ready : std::uint8_t { kRead = 1, kWrite = 2, kError = 4 };

  virtual ~Loop() = default;

  // Calls back with the ready bits (kError comes unasked) as long as fd is ready (level-triggered).
  virtual HandlePtr watch(int fd, std::uint8_t interest,
                          std::function<void(std::uint8_t ready)> on_ready) = 0;
  // Calls back once after the delay, or again and again with that interval.
  virtual HandlePtr after(Nanoseconds delay, std::function<void()> on_time) = 0;
  virtual HandlePtr every(Nanoseconds interval, std::function<void()> on_time) = 0;
  // Runs the function on the loop's thread, soon. From any thread.
  virtual void post(std::function<void()> function) = 0;

  virtual void run() = 0;  // until stop()
  virtual void stop() = 0;
  virtual const Clock& clock() const = 0;
};

}  // namespace junctor::ipc
