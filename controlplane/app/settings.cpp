// SPDX-License-Identifier: MIT
#include "controlplane/app/settings.hpp"

#include <algorithm>

#include "controlplane/app/process.hpp"

namespace junctor::cp {

std::uint64_t memory_max(const config::v1::Config& config) {
  return memory_limit(std::uint64_t{config.sip().memory_max_mb()} << 20);
}

// The ring of traces takes a sixteenth of the memory, and no more than is useful.
std::size_t trace_bytes(const config::v1::Config& config) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(memory_max(config) / 16, 64u << 20));
}

PortRange port_range(const config::v1::Config& config) {
  return {static_cast<std::uint16_t>(config.media().port_min()),
          static_cast<std::uint16_t>(config.media().port_max())};
}

Switchboard::Settings settings_of(const config::v1::Config& config) {
  Switchboard::Settings settings;
  settings.max_calls = config.sip().max_calls();
  settings.dscp = static_cast<std::uint8_t>(config.media().dscp());
  settings.media_timeout_s = config.media().timeout_s();
  settings.media_timeout_on_hold_s = config.media().timeout_on_hold_s();
  return settings;
}

Result<StackConfig> stack_config(const config::v1::Config& config) {
  StackConfig stack;
  stack.max_message_bytes = config.sip().max_message_bytes();
  stack.stranger_requests_per_second = config.sip().stranger_requests_per_second();
  for (const auto& listener : config.sip().listeners()) {
    const auto ip = IpAddress::parse(listener.address());
    if (!ip) return Error{"listener " + listener.name(), listener.address() + " is no IP address"};
    const auto has = [&listener](config::v1::Transport transport) {
      const auto& all = listener.transports();
      return all.empty() || std::find(all.begin(), all.end(), transport) != all.end();
    };
    stack.listeners.push_back({listener.name(),
                               {*ip, static_cast<std::uint16_t>(listener.port())},
                               has(config::v1::UDP),
                               has(config::v1::TCP)});
  }
  return stack;
}

MediaClient::Trusted trusted_of(const config::v1::Config& config, const TrunkTable& trunks,
                                const DialogPeers& dialog_peers) {
  MediaClient::Trusted trusted;
  for (const IpAddress& ip : dialog_peers.addresses()) trusted.addresses.insert(ip);
  for (const TrunkPtr& trunk : trunks.all())
    for (const TrunkPeer& peer : trunk->peers()) trusted.addresses.insert(peer.hop.peer.ip);
  for (const TrunkPtr& trunk : trunks.removed())
    for (const TrunkPeer& peer : trunk->peers()) trusted.addresses.insert(peer.hop.peer.ip);
  for (const auto& listener : config.sip().listeners())
    trusted.signalling_ports.insert(static_cast<std::uint16_t>(listener.port()));
  trusted.stranger_packets_per_second = config.sip().stranger_requests_per_second();
  return trusted;
}

std::vector<std::uint16_t> listener_ports(const config::v1::Config& config) {
  std::vector<std::uint16_t> ports;
  for (const auto& listener : config.sip().listeners())
    ports.push_back(static_cast<std::uint16_t>(listener.port()));
  return ports;
}

}  // namespace junctor::cp
