// SPDX-License-Identifier: MIT
// Answers: the rows that a management request asks for, gathered from calls, trunks, dataplane,
// journal and trace.
//
// Threads   the control loop's. What the dataplane must be asked for comes later.
// Lifetime  what is given outlives it; an answer may come after its asker is gone.
#pragma once

#include <functional>
#include <string>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/dialect/dialect.hpp"
#include "controlplane/journal/journal.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/mgmt/configurator.hpp"
#include "controlplane/routing/trunk.hpp"
#include "controlplane/sip/trace.hpp"
#include "management/v1/management.pb.h"
#include "platform/base/clock.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Answers {
 public:
  struct Given {
    const Switchboard& switchboard;
    const TrunkTable& trunks;
    MediaPlane& media;
    Journal& journal;
    const Trace& trace;
    const CounterRegistry& counters;
    const PluginTable& plugins;
    Configurator* configurator = nullptr;  // none: the gateway runs from a file edited by hand
    std::string version;
    Nanoseconds started{0};  // wall clock
    std::uint32_t calls_resumed = 0;
  };
  // The whole answer, however large; id and more are not set.
  using OnReply = std::function<void(management::v1::Reply reply)>;
  // Who asks: a login name, and by which connection.
  struct Asker {
    std::string user;
    const void* connection = nullptr;
  };

  explicit Answers(Given given) : given_(std::move(given)) {}
  void answer(const management::v1::Request& request, const Asker& asker, const OnReply& on_reply);
  // A connection is gone, with what it held.
  void on_closed(const void* connection) const;

 private:
  void show_calls(const std::string& call_id, management::v1::Reply& reply) const;
  void show_trunks(const std::string& name, management::v1::Reply& reply) const;
  void show_trace(const management::v1::ShowTrace& what, management::v1::Reply& reply) const;
  void show_version(management::v1::Reply& reply) const;
  void show_plugins(management::v1::Reply& reply) const;
  void configure(const management::v1::Request& request, const Asker& asker,
                 management::v1::Reply& reply) const;
  void show_media(const std::string& call_id, const OnReply& on_reply) const;
  void show_ports(const OnReply& on_reply) const;
  void show_counters(bool nonzero, const OnReply& on_reply) const;

  Given given_;
};

}  // namespace junctor::cp
