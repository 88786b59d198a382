// SPDX-License-Identifier: MIT
// EpollLoop: a Loop on epoll and one timer heap.
#pragma once

#include <functional>
#include <memory>

#include "platform/base/clock.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::ipc {

std::unique_ptr<Loop> make_epoll_loop();

// Turns SIGTERM, SIGINT, SIGHUP (blocked in the calling thread from then on) into callbacks on the
// loop.
HandlePtr on_signals(Loop& loop, std::function<void(int signal)> on_signal);

}  // namespace junctor::ipc
