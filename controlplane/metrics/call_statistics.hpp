// SPDX-License-Identifier: MIT
// CallStatistics: what the records of ended calls say of each trunk, summed up: how long calls were,
// how long callers waited, how voice was.
//
//   Journal::finish --record--> CallStatistics --> histograms of trunk and direction
//
// A call counts for the trunk that it came from ("in") and for the one that it went to ("out").
//
// Threads   the control loop's.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "controlplane/metrics/exposition.hpp"
#include "controlplane/metrics/histogram.hpp"
#include "management/v1/management.pb.h"

namespace junctor::cp {

class CallStatistics {
 public:
  struct Side {
    std::string trunk;
    bool is_out = false;
    friend auto operator<=>(const Side&, const Side&) = default;
  };
  struct Sums {
    Sums();
    Histogram duration_s;      // of answered calls, from the answer to the end
    Histogram answer_delay_s;  // from the INVITE to the answer
    Histogram dial_delay_s;    // from the INVITE to the first sign of ringing
    Histogram mos;             // of what came from that side
    Histogram jitter_s;
    std::uint64_t packets_received = 0;
    std::uint64_t packets_lost = 0;
  };

  void add(const management::v1::CallRecord& record);
  const std::map<Side, Sums>& sides() const { return sides_; }
  // Its families.
  void write(Exposition& out) const;

 private:
  void add(const management::v1::CallRecord& record, Side side, int leg);

  std::map<Side, Sums> sides_;
};

}  // namespace junctor::cp
