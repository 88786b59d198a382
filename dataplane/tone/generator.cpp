// SPDX-License-Identifier: MIT
#include "dataplane/tone/generator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace junctor::dp {

Generator::Generator(double frequency_hz, double level_dbm0)
    : amplitude_(std::pow(10.0, level_dbm0 / 20)), step_(frequency_hz / kVoiceRate) {}

void Generator::fill(Law law, std::span<std::int16_t> samples) {
  const double peak = amplitude_ * peak_of_0dbm0(law);
  for (std::int16_t& sample : samples) {
    const double value = std::round(peak * std::sin(2 * std::numbers::pi * turn_));
    sample = static_cast<std::int16_t>(std::clamp(value, -32768.0, 32767.0));
    turn_ += step_;
    turn_ -= std::floor(turn_);
  }
}

}  // namespace junctor::dp
