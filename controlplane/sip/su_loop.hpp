// SPDX-License-Identifier: MIT
// SuLoop: an ipc::Loop that runs on Sofia's su_root, so that SIP, IPC and timers of junctor-control
// share one thread.
//
//   su_root (epoll) --> Sofia's sockets and timers
//                   --> watches
//                   --> timerfd --> after(), every()
//                   --> eventfd --> post()
//
// Threads   made and run on one thread; post() from any.
// Lifetime  handles may outlive it; whatever else uses the su_root does not.
#pragma once

#include <memory>

#include "platform/ipc/loop.hpp"

namespace junctor::cp {

std::unique_ptr<ipc::Loop> make_su_loop();

}  // namespace junctor::cp
