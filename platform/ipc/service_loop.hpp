// SPDX-License-Identifier: MIT
// The main loop of a service that does all on one thread: ends on SIGTERM, SIGINT and SIGHUP, and
// feeds the service watchdog by turning.
//
//     ipc::ServiceLoop service;
//     const auto server = Server::listen(service.loop(), path);
//     service.run("watches the gateway's health");
#pragma once

#include <memory>
#include <string>

#include "platform/ipc/loop.hpp"

namespace junctor::ipc {

class ServiceLoop {
 public:
  // From here on a signal to end is kept for run(). Blocks these signals in the calling thread.
  ServiceLoop();

  Loop& loop() { return *loop_; }
  // Tells systemd READY with `status`, and STOPPING once a signal came; then it returns.
  void run(const std::string& status);

 private:
  std::unique_ptr<Loop> loop_;
  HandlePtr signals_;
};

}  // namespace junctor::ipc
