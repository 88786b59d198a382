// SPDX-License-Identifier: MIT
#include "controlplane/metrics/metrics_server.hpp"

#include <utility>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

void MetricsServer::set(const config::v1::Prometheus& config) {
  std::optional<SocketAddress> wanted;
  if (const auto ip = IpAddress::parse(config.address()); ip)
    wanted = SocketAddress{*ip, static_cast<std::uint16_t>(config.port())};
  if (wanted == wanted_) return;
  wanted_ = wanted;
  complaint_.clear();
  retry_.reset();
  server_.reset();
  if (wanted_) listen();
}

std::optional<SocketAddress> MetricsServer::address() const {
  if (!server_) return std::nullopt;
  return server_->address();
}

void MetricsServer::listen() {
  auto server = HttpServer::listen(loop_, *wanted_,
                                   [this](const std::string& path, HttpServer::OnReply on_reply) {
                                     answer(path, std::move(on_reply));
                                   });
  if (server) {
    retry_.reset();
    complaint_.clear();
    server_ = std::move(*server);
    log_info("metrics", "served", {{"address", server_->address().text()}});
    return;
  }
  if (complaint_ != server.error().text()) {
    complaint_ = server.error().text();
    log_error("metrics", "cannot listen; it is tried again and again", {{"reason", complaint_}});
  }
  retry_ = loop_.after(retry_after_, [this] { listen(); });
}

void MetricsServer::answer(const std::string& path, HttpServer::OnReply on_reply) {
  if (path == "/metrics") {
    metrics_.collect([on_reply = std::move(on_reply)](std::string text) {
      on_reply({200, kTextFormat, std::move(text)});
    });
  } else if (path == "/") {
    on_reply({200, "text/plain; charset=utf-8", "Junctor. Metrics for Prometheus: /metrics\n"});
  } else {
    on_reply({404, "text/plain; charset=utf-8", "there is only /metrics\n"});
  }
}

}  // namespace junctor::cp
