// SPDX-License-Identifier: MIT
// media.v1.LegStatistics out of what the workers and RTCP counted.
//
// Threads   pure functions.
#pragma once

#include <array>

#include "dataplane/control/session.hpp"

namespace junctor::dp {

// `stats` are those of each leg's flow. What is sent on a leg is counted by the flow of the other.
api::SessionStatistics session_statistics(const Session& session,
                                          const std::array<FlowStats, 2>& stats, Nanoseconds now);

// A leg more in the sum.
void add_leg(const FlowStats& flow, api::LegTotals& sum);

}  // namespace junctor::dp
