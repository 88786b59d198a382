// SPDX-License-Identifier: MIT
#include "platform/appliance/watch.hpp"

#include <algorithm>
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

// Of a look whose answers did not all come nothing is known.
Health HealthWatch::health_of(Seen seen) {
  if (seen.answers < kQuestions) return {};
  for (const std::string& name : seen.configured) {
    const auto port = seen.ports.find(name);
    if (port == seen.ports.end())
      seen.health.broken.insert("port " + name + " is not there");
    else if (!port->second)
      seen.health.unlinked.insert("port " + name + " has no link");
    else
      ++seen.health.linked_ports;
  }
  seen.health.open_listeners = std::max(0, seen.listeners - seen.waiting);
  return std::move(seen.health);
}

void HealthWatch::look() {
  const Health health = health_of(std::exchange(seen_, {}));
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
  for (const auto& port : reply.ports()) seen_.ports[port.name()] = port.link_up();
  if (reply.more()) return;
  ++seen_.answers;
  if (reply.has_version()) {
    Health& health = seen_.health;
    health.is_control_there = true;
    health.is_dataplane_there = reply.version().dataplane_connected();
    for (const std::string& name : reply.version().listeners_waiting())
      health.broken.insert("SIP listener " + name + " is not open");
    for (const std::string& name : reply.version().trunks_left_out())
      health.broken.insert("trunk " + name + " is left out");
    seen_.waiting = reply.version().listeners_waiting_size();
    health.control_start = reply.version().started_unix_ms();
    health.dataplane_start = reply.version().dataplane_boot_id();
  }
  for (const auto& port : reply.configuration().config().interfaces())
    seen_.configured.push_back(port.name());
  if (reply.has_configuration())
    seen_.listeners = reply.configuration().config().sip().listeners_size();
}

}  // namespace junctor::appliance
