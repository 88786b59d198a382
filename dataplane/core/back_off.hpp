// SPDX-License-Identifier: MIT
// BackOff: how a worker waits when nothing comes: it spins, pauses, then naps, the longer the
// quieter it is.
//
//   packets .. 10 us: spin .. 60 us: pause .. 20 ms: naps of 50 us .. 200 ms: of 250 us .. : of 500
//   us
//
// A ring of 1,024 descriptors holds what comes in the longest nap up to two million packets a
// second.
//
// Threads   a plain value.
#pragma once

#include <cstdint>

namespace junctor::dp {

class BackOff {
 public:
  static constexpr std::uint64_t kSpinNs = 10'000, kPauseNs = 60'000, kShortNs = 20'000'000,
                                 kMiddleNs = 200'000'000;
  static constexpr std::uint32_t kShortNapNs = 50'000, kMiddleNapNs = 250'000, kLongNapNs = 500'000;

  enum class Kind : std::uint8_t { Spin, Pause, Nap };
  struct Step {
    Kind kind = Kind::Spin;
    std::uint32_t nap_ns = 0;
  };

  // After a round of polling; did_work: there were packets, or some still wait to be sent.
  Step next(bool did_work, std::uint64_t now_ns) {
    if (did_work) {
      last_work_ns_ = now_ns;
      return {};
    }
    const std::uint64_t idle = now_ns - last_work_ns_;
    if (idle < kSpinNs) return {};
    if (idle < kPauseNs) return {Kind::Pause, 0};
    if (idle < kShortNs) return {Kind::Nap, kShortNapNs};
    return {Kind::Nap, idle < kMiddleNs ? kMiddleNapNs : kLongNapNs};
  }

 private:
  std::uint64_t last_work_ns_ = 0;
};

}  // namespace junctor::dp
