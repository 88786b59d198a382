// SPDX-License-Identifier: MIT
// Histogram: how many observations lie at or below each bound, as Prometheus wants it.
//
// Threads   a plain value.
// Lifetime  the bounds are constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "controlplane/metrics/exposition.hpp"

namespace junctor::cp {

class Histogram {
 public:
  // Ascending; above the last is only +Inf.
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size()) {}

  void observe(double value);
  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  // Its lines in the family that was begun.
  void write(Exposition& out, std::span<const Label> labels) const;

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;  // in each bucket alone
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace junctor::cp
