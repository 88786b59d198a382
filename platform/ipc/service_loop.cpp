// SPDX-License-Identifier: MIT
#include "platform/ipc/service_loop.hpp"

#include "platform/ipc/epoll_loop.hpp"
#include "platform/telemetry/service.hpp"

namespace junctor::ipc {

ServiceLoop::ServiceLoop()
    : loop_(make_epoll_loop()), signals_(on_signals(*loop_, [this](int) {
        notify_stopping();
        loop_->stop();
      })) {}

void ServiceLoop::run(const std::string& status) {
  notify_ready(status);
  HandlePtr watchdog;
  if (watchdog_interval() > Nanoseconds{0})
    watchdog = loop_->every(watchdog_interval(), notify_watchdog);
  loop_->run();
}

}  // namespace junctor::ipc
