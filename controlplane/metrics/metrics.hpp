// SPDX-License-Identifier: MIT
// Metrics: everything worth drawing over time, as one text for Prometheus.
//
//   calls, trunks, configuration, process -->
//   CallStatistics (ended calls) ----------> Exposition --> text
//   dataplane: ports, workers, counters ---> (asked; left out while it is away)
//
// Nothing here walks through calls: a scrape costs the same with 10,000 of them.
//
// Threads   the control loop's.
// Lifetime  what is given outlives it. Who asked is not called after its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/metrics/call_statistics.hpp"
#include "controlplane/routing/trunk.hpp"
#include "platform/base/clock.hpp"
#include "platform/config/store.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Metrics {
 public:
  struct Given {
    const Switchboard& switchboard;
    const TrunkTable& trunks;
    MediaPlane& media;
    const CounterRegistry& counters;
    const CallStatistics& ended_calls;
    const config::v1::Config& config;  // that holds
    const config::Store* store;        // none: the configuration is a file
    std::string version;
    Nanoseconds started{0};  // wall clock
  };
  using OnText = std::function<void(std::string text)>;

  explicit Metrics(Given given) : given_(std::move(given)) {}

  // Who asks while another waits for the dataplane gets the same text.
  void collect(OnText on_text);

 private:
  std::string text(const media::v1::Statistics* dataplane) const;
  void write_gateway(Exposition& out, bool has_dataplane) const;
  void write_trunks(Exposition& out) const;
  void write_peers(Exposition& out) const;
  void write_counters(Exposition& out, const media::v1::Statistics* dataplane) const;

  // Given.
  const Given given_;
  // State.
  std::vector<OnText> waiting_;
  std::shared_ptr<Metrics*> self_ = std::make_shared<Metrics*>(this);
};

}  // namespace junctor::cp
