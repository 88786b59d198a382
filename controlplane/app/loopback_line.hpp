// SPDX-License-Identifier: MIT
// LoopbackLine: the way of SIP from the gateway to itself, opened with the first loopback call: a socket on 127.0.0.1,
// which no configuration names, and a trunk whose only peer it is. Nobody but the gateway itself may send there.
//
//   open() --> free port --> Stack (listener) --> trunk --> Switchboard
//
// Threads   the control loop's.
// Lifetime  what is given outlives it. The socket stays open to the end of the program, as every listener's does.
// Errors    open() says what is missing; the next one tries again.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/loopback.hpp"
#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/sip/stack.hpp"

namespace junctor::cp {

// A port of 127.0.0.1 that nobody has now, for UDP; port 0 if there is none.
SocketAddress free_address();

class LoopbackLine {
 public:
  struct Given {
    Stack& stack;
    MediaPlane& media;
    Switchboard& switchboard;
    const PluginTable& plugins;
    std::function<void()> set_listeners;  // of the configuration, with_own()
  };
  explicit LoopbackLine(Given given) : given_(std::move(given)) {}

  // The trunk, which is ready for a call.
  Result<TrunkPtr> open();
  // The listeners of the configuration and its own, once it has one.
  std::vector<ListenerConfig> with_own(std::vector<ListenerConfig> listeners) const;

  bool has(std::string_view listener) const { return listener == kLoopback; }
  // Who sends from there to its listener.
  TrunkOf find(const SocketAddress& source) const;

 private:
  Result<void> listen();

  // Given.
  const Given given_;
  // State.
  SocketAddress address_;  // of its listener; none: there is none
  TrunkPtr trunk_;         // once that is open
};

}  // namespace junctor::cp
