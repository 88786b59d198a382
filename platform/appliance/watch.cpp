// SPDX-License-Identifier: MIT
#include "platform/appliance/watch.hpp"

#include <cstdint>
#include <utility>

#include "management/v1/management.pb.h"

namespace junctor::appliance {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr Seconds kInterval{1};
constexpr unsigned kQuestions = 3;

}  // namespace

HealthWatch::HealthWatch(ipc::Loop& loop, const std::string& path,
                         std::function<void(const Health&)> on_look)
    : on_look_(std::move(on_look)),
      client_(ipc::Client::connect(loop, path, {},
                                   {.on_connected = {},
                                    .on_frame = [this](Bytes frame) { on_frame(frame); },
                                    .on_disconnected = {}})),
      timer_(loop.every(kInterval, [this] { look(); })) {}

void HealthWatch::look() {
  Health health = std::exchange(seen_, {});
  if (std::exchange(answers_, 0) < kQuestions) health = Health{};
  Request version;
  Request ports;
  Request config;
  version.mutable_show_version();
  ports.mutable_show_ports();
  config.mutable_get_config();
  for (Request* request : {&version, &ports, &config}) {
    request->set_id(++asked_);
    client_->send(*request);
  }
  on_look_(health);
}

void HealthWatch::on_frame(Bytes frame) {
  Reply reply;
  if (!ipc::parse_frame(frame, reply)) return client_->disconnect("what it says is no reply");
  if (reply.id() + kQuestions <= asked_) return;  // of a look that is over
  seen_.ports_up += static_cast<unsigned>(reply.ports_size());
  if (reply.more()) return;
  ++answers_;
  if (reply.has_version()) {
    seen_.is_control_there = true;
    seen_.is_dataplane_there = reply.version().dataplane_connected();
    seen_.listeners_waiting = static_cast<unsigned>(reply.version().listeners_waiting_size());
    seen_.control_start = reply.version().started_unix_ms();
    seen_.dataplane_start = reply.version().dataplane_boot_id();
  }
  if (reply.has_configuration())
    seen_.ports_configured =
        static_cast<unsigned>(reply.configuration().config().interfaces_size());
}

}  // namespace junctor::appliance
