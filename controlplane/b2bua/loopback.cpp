// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/loopback.hpp"

#include "platform/base/assert.hpp"

namespace junctor::cp {

Result<TrunkPtr> make_loopback_trunk(const SocketAddress& listener, const PluginTable& plugins) {
  config::v1::Trunk trunk;
  trunk.set_name(std::string(kLoopback));
  trunk.set_listener(std::string(kLoopback));
  trunk.set_enabled(true);
  trunk.set_transport(config::v1::UDP);
  trunk.add_codecs("PCMA");
  trunk.add_codecs("PCMU");
  config::v1::Peer& peer = *trunk.add_peers();
  peer.set_address(listener.ip.text());
  peer.set_port(listener.port);
  auto dialect = plugins.create("generic", {std::string(kLoopback), {}});
  if (!dialect) return dialect.error();
  return std::make_shared<Trunk>(std::move(trunk), listener.ip, std::move(*dialect));
}

RouteDecision route_loopback(const TrunkPtr& trunk, std::string_view called) {
  RouteDecision out;
  if (called != kLoopbackRelay) {
    out.status = 404;
    return out;
  }
  out.route = kLoopback;
  out.targets.push_back({trunk, 0, std::string(kLoopbackEcho), out.route});
  return out;
}

}  // namespace junctor::cp
