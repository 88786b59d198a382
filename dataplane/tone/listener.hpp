// SPDX-License-Identifier: MIT
// Listener: what voice sounds like: how loud, how much of it is silence, and whether there is a tone.
//
//   samples --> blocks of 50 ms --> level: silent?
//                               --> spectrum (Hann window, 20 Hz a line): is it one tone, of which
//                                   frequency?
//                               --> tones that were heard, at most kMaxTones
//
// A block is a tone if nine tenths of its power are in one line of the spectrum. A level is that of the
// whole block, in dBm0.
//
// Threads   one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/tone/g711.hpp"

namespace junctor::dp {

class Listener {
 public:
  static constexpr std::size_t kBlock = 400;
  static constexpr std::size_t kMaxTones = 8;
  static constexpr double kSilenceDbm0 = -50;

  struct Heard {
    std::uint32_t ms = 0;  // of voice, all of it
    double silent = 0;     // shares of that time
    double tone = 0;       // that tone's which was heard longest
    double tone_hz = 0;    // with tone > 0
    double tone_dbm0 = 0;
    double level_dbm0 = 0;  // of what was not silent; with silent < 1
  };

  void take(Law law, std::span<const std::uint8_t> payload);
  Heard heard() const;

 private:
  // What was heard of one frequency. Powers are relative to 0 dBm0; the squares make the blocks at
  // the edges of a cadence weigh less.
  struct Tone {
    double hz = 0;  // mean
    std::uint32_t blocks = 0;
    double power = 0, power_squared = 0;
  };

  void end_block();
  void count_tone(double hz, double power);

  // The block that is being filled; 1 is the peak of 0 dBm0.
  std::array<float, kBlock> block_{};
  std::size_t filled_ = 0;
  // Blocks so far.
  std::uint32_t blocks_ = 0, silent_ = 0;
  double power_ = 0;  // of those that were not silent
  std::vector<Tone> tones_;
};

}  // namespace junctor::dp
