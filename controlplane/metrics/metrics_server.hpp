// SPDX-License-Identifier: MIT
// MetricsServer: /metrics where the configuration wants it, and nowhere else.
//
//   monitoring prometheus --set()--> HttpServer --GET /metrics--> Metrics
//                                      |  cannot listen: logged once, tried again every 5 s
//
// Threads   the control loop's.
// Lifetime  the metrics outlive it.
// Errors    an address that is not there yet, or a port that is taken, stops nothing else.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/v1/config.pb.h"
#include "controlplane/metrics/http_server.hpp"
#include "controlplane/metrics/metrics.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class MetricsServer {
 public:
  MetricsServer(ipc::Loop& loop, Metrics& metrics, Nanoseconds retry_after = Seconds{5})
      : loop_(loop), metrics_(metrics), retry_after_(retry_after) {}

  // What should be from now on; connections of another address end.
  void set(const config::v1::Prometheus& config);
  // Where it listens; nothing while it does not.
  std::optional<SocketAddress> address() const;
  // Why it does not, although it should; empty else.
  const std::string& complaint() const { return complaint_; }

 private:
  void listen();
  void answer(const std::string& path, HttpServer::OnReply on_reply);

  // Given.
  ipc::Loop& loop_;
  Metrics& metrics_;
  const Nanoseconds retry_after_;
  // State.
  std::optional<SocketAddress> wanted_;
  std::string complaint_;  // that was logged last
  // Owned.
  std::unique_ptr<HttpServer> server_;
  ipc::HandlePtr retry_;
};

}  // namespace junctor::cp
