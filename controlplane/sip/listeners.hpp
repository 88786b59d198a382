// SPDX-License-Identifier: MIT
// Listeners: the sockets that SIP comes to. An address that nobody has (the port is dead, the dataplane
// has not made it yet, a digit is wrong) keeps its own listener waiting, and nothing else.
//
//   listen() --> each socket of each listener --cannot be opened--> tried again every 100 ms
//   set()    --> what has no socket yet is as configured now, at once
//
// A socket that was opened stays open, as it is, until the program ends: calls live on it.
//
// Threads   the control loop's.
// Errors    why a listener waits is told by waiting(), and logged when it begins to.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sip/stack.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class Listeners {
 public:
  // Opens one socket.
  using Open = std::function<Result<void>(const ListenerConfig& listener, Transport transport)>;

  // on_open: a socket is there now.
  Listeners(ipc::Loop& loop, const std::vector<ListenerConfig>& wanted, Open open,
            std::function<void()> on_open);

  void listen();
  bool may_set(const std::vector<ListenerConfig>& wanted) const;
  void set(const std::vector<ListenerConfig>& wanted);

  // Of a transport that the listener does not have: whether it has any socket.
  bool is_open(const Hop& hop) const;
  // Also one that was taken away before it had a socket: a call of before may still name it.
  const ListenerConfig* find(std::string_view name) const;
  std::vector<Stack::Waiting> waiting() const;

 private:
  struct Listener {
    ListenerConfig config;
    bool has_udp = false;
    bool has_tcp = false;
    bool is_removed = false;
    std::string reason = {};  // why it waits

    bool is_begun() const { return has_udp || has_tcp; }
    bool is_whole() const { return has_udp == config.udp && has_tcp == config.tcp; }
  };
  void try_all();
  void try_one(Listener& listener);
  Listener* find_any(std::string_view name);

  // Given.
  ipc::Loop& loop_;
  const Open open_;
  const std::function<void()> on_open_;
  // State.
  std::vector<Listener> listeners_;
  bool may_listen_ = false;
  // Owned.
  ipc::HandlePtr again_;
};

// Whether a socket could be bound there now.
Result<void> try_address(const SocketAddress& address, Transport transport);

}  // namespace junctor::cp
