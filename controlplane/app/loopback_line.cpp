// SPDX-License-Identifier: MIT
#include "controlplane/app/loopback_line.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {

SocketAddress free_address() {
  SocketAddress address = *SocketAddress::parse("127.0.0.1:0");
  sockaddr_storage storage{};
  socklen_t length = address.to_sockaddr(storage);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  auto* const raw = reinterpret_cast<sockaddr*>(&storage);
  if (fd >= 0 && bind(fd, raw, length) == 0 && getsockname(fd, raw, &length) == 0)
    address = SocketAddress::from_sockaddr(raw);
  if (fd >= 0) close(fd);
  return address;
}

Result<TrunkPtr> LoopbackLine::open() {
  if (!given_.media.is_connected()) return Error{"", "junctor-dataplane is not there"};
  if (trunk_) return trunk_;
  if (auto listening = listen(); !listening) return listening.error();
  auto trunk = make_loopback_trunk(address_, given_.plugins);
  if (!trunk) return trunk.error();
  trunk_ = std::move(*trunk);
  given_.switchboard.set_loopback(trunk_);
  log_info("sip", "listens to itself for loopback calls", {{"address", address_.text()}});
  return trunk_;
}

Result<void> LoopbackLine::listen() {
  const Hop hop{std::string(kLoopback), Transport::Udp, {}};
  if (given_.stack.is_listening(hop)) return {};
  address_ = free_address();
  if (address_.port != 0) given_.set_listeners();
  if (given_.stack.is_listening(hop)) return {};
  std::string reason = "no port of 127.0.0.1 is free";
  for (const Stack::Waiting& one : given_.stack.waiting())
    if (one.listener == kLoopback) reason = one.reason;
  address_ = {};
  given_.set_listeners();  // what is not open would be tried again and again
  return Error{"", reason};
}

std::vector<ListenerConfig> LoopbackLine::with_own(std::vector<ListenerConfig> listeners) const {
  if (address_) listeners.push_back({std::string(kLoopback), address_, true, false});
  return listeners;
}

TrunkOf LoopbackLine::find(const SocketAddress& source) const {
  if (!trunk_ || source != address_) return {};
  TrunkOf self{trunk_.get(), &trunk_->dialect(), false};
  self.is_self = true;
  return self;
}

}  // namespace junctor::cp
