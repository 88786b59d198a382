// SPDX-License-Identifier: MIT
// The answers to what `show` asks: rows gathered from calls, trunks, dataplane, journal and trace.
//
// Threads   the control loop's. What the dataplane must be asked for comes later.
// Lifetime  what is given outlives the answers.
#pragma once

#include <functional>
#include <string>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/dialect/dialect.hpp"
#include "controlplane/journal/journal.hpp"
#include "controlplane/media/media_plane.hpp"
#include "controlplane/mgmt/answers.hpp"
#include "controlplane/routing/trunk.hpp"
#include "controlplane/sip/trace.hpp"
#include "platform/base/clock.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

struct Shown {
  const Switchboard& switchboard;
  const TrunkTable& trunks;
  MediaPlane& media;
  Journal& journal;
  const Trace& trace;
  const CounterRegistry& counters;
  const PluginTable& plugins;
  const Clock& clock;
  std::string version;
  Nanoseconds started{0};  // wall clock
  std::uint32_t calls_resumed = 0;
  // What else `show version` tells: what waits for a restart, what does not work.
  std::function<void(management::v1::Version& version)> complete = {};
};
void add_show_answers(Answers& answers, const Shown& shown);

// A trunk as `show trunk` has it; now: of the loop's clock, for the calls of the last second.
void fill_trunk(const Trunk& from, Nanoseconds now, management::v1::Trunk& to);

}  // namespace junctor::cp
