// SPDX-License-Identifier: MIT
// Generator: a sine that goes on from one frame to the next without a break.
//
// Threads   one.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/tone/g711.hpp"

namespace junctor::dp {

class Generator {
 public:
  Generator(double frequency_hz, double level_dbm0);

  // The next samples, of the level in that law.
  void fill(Law law, std::span<std::int16_t> samples);

 private:
  double amplitude_;  // 1 is the peak of 0 dBm0
  double step_;       // turns a sample
  double turn_ = 0;   // 0..1
};

}  // namespace junctor::dp
