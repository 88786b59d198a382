// SPDX-License-Identifier: MIT
#include "controlplane/sip/listeners.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr Nanoseconds kTryAgain = Milliseconds{100};

}  // namespace

Listeners::Listeners(ipc::Loop& loop, const std::vector<ListenerConfig>& wanted, Open open,
                     std::function<void()> on_open)
    : loop_(loop), open_(std::move(open)), on_open_(std::move(on_open)) {
  for (const ListenerConfig& config : wanted) listeners_.push_back({config});
}

void Listeners::listen() {
  if (std::exchange(may_listen_, true)) return;
  try_all();
}

bool Listeners::may_set(const std::vector<ListenerConfig>& wanted) const {
  return std::ranges::all_of(listeners_, [&wanted](const Listener& one) {
    return !one.is_begun() || std::ranges::find(wanted, one.config) != wanted.end();
  });
}

void Listeners::set(const std::vector<ListenerConfig>& wanted) {
  for (Listener& one : listeners_) one.is_removed = !one.is_begun();
  for (const ListenerConfig& config : wanted) {
    Listener* const known = find_any(config.name);
    if (known == nullptr) {
      listeners_.push_back({config});
    } else if (!known->is_begun()) {
      known->is_removed = false;
      if (known->config != config) *known = {config};
    }
  }
  if (may_listen_) try_all();
}

void Listeners::try_all() {
  bool is_one_open = false;
  bool is_one_waiting = false;
  for (Listener& one : listeners_) {
    if (one.is_removed || one.is_whole()) continue;
    const auto before = std::pair(one.has_udp, one.has_tcp);
    try_one(one);
    is_one_open = is_one_open || before != std::pair(one.has_udp, one.has_tcp);
    is_one_waiting = is_one_waiting || !one.is_whole();
  }
  again_ = is_one_waiting ? loop_.after(kTryAgain, [this] { try_all(); }) : nullptr;
  if (is_one_open) on_open_();
}

void Listeners::try_one(Listener& listener) {
  const std::string before = std::exchange(listener.reason, {});
  for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
    const bool is_udp = transport == Transport::Udp;
    bool& has = is_udp ? listener.has_udp : listener.has_tcp;
    if (has || !(is_udp ? listener.config.udp : listener.config.tcp)) continue;
    const auto opened = open_(listener.config, transport);
    has = opened.ok();
    if (!opened && listener.reason.empty()) listener.reason = opened.error().message;
  }
  if (!listener.reason.empty() && listener.reason != before)
    log_warning("sip", "a listener cannot be opened; it is tried again and again",
                {{"listener", listener.config.name}, {"reason", listener.reason}});
  if (listener.reason.empty() && !before.empty())
    log_info("sip", "the listener is open now",
             {{"listener", listener.config.name}, {"address", listener.config.address.text()}});
}

bool Listeners::is_open(const Hop& hop) const {
  const auto at = std::ranges::find_if(
      listeners_, [&hop](const Listener& one) { return one.config.name == hop.listener; });
  if (at == listeners_.end()) return false;
  const bool is_udp = hop.transport == Transport::Udp;
  if (is_udp ? at->config.udp : at->config.tcp) return is_udp ? at->has_udp : at->has_tcp;
  return at->is_begun();
}

const ListenerConfig* Listeners::find(std::string_view name) const {
  const auto at = std::ranges::find_if(
      listeners_, [name](const Listener& one) { return one.config.name == name; });
  return at == listeners_.end() ? nullptr : &at->config;
}

Listeners::Listener* Listeners::find_any(std::string_view name) {
  const auto at = std::ranges::find_if(
      listeners_, [name](const Listener& one) { return one.config.name == name; });
  return at == listeners_.end() ? nullptr : &*at;
}

std::vector<Stack::Waiting> Listeners::waiting() const {
  std::vector<Stack::Waiting> all;
  for (const Listener& one : listeners_) {
    if (one.is_removed || one.is_whole()) continue;
    all.push_back({one.config.name, may_listen_ ? one.reason : "waits for junctor-dataplane"});
  }
  return all;
}

// Sofia's transports are not asked again and again for what the kernel says at once.
Result<void> try_address(const SocketAddress& address, Transport transport) {
  const bool is_udp = transport == Transport::Udp;
  sockaddr_storage storage{};
  const socklen_t length = address.to_sockaddr(storage);
  const int type = (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  const int fd = socket(storage.ss_family, type, 0);
  const int one = 1;
  if (fd >= 0 && !is_udp) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  const bool is_bound =
      fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0;
  const int reason = errno;
  if (fd >= 0) close(fd);
  if (is_bound) return {};
  return Error{"", "cannot listen on " + address.text() + " (" +
                       std::string(transport_name(transport)) + "): " + std::strerror(reason)};
}

}  // namespace junctor::cp
