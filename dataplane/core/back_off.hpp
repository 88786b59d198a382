// SPDX-License-Identifier: MIT
// BackOff: how a worker waits when nothing comes. Under load it spins, and pauses until the load has
// ended; with little to do it naps at once, the longer the quieter it is.
//
//   load    packets .. 10 us: spin .. 1 ms: pause .. then as below
//   little  packets .. 20 ms: naps of 100 us .. 200 ms: of 250 us .. : of 500 us
//
// Load is what the last millisecond had: at least 20 rounds with packets. A ring of 1,024
// descriptors holds what comes in the longest nap up to two million packets a second.
//
// Threads   a plain value.
#pragma once

#include <cstdint>

namespace junctor::dp {

class BackOff {
 public:
  static constexpr std::uint64_t kSpinNs = 10'000, kShortNs = 20'000'000, kMiddleNs = 200'000'000,
                                 kWindowNs = 1'000'000;
  static constexpr std::uint32_t kShortNapNs = 100'000, kMiddleNapNs = 250'000,
                                 kLongNapNs = 500'000;
  static constexpr std::uint32_t kLoadRounds = 20;  // with packets, in a window

  enum class Kind : std::uint8_t { Spin, Pause, Nap };
  struct Step {
    Kind kind = Kind::Spin;
    std::uint32_t nap_ns = 0;
  };

  // After a round of polling; did_work: there were packets, or some still wait to be sent.
  Step next(bool did_work, std::uint64_t now_ns) {
    if (now_ns - window_start_ns_ >= kWindowNs) {
      is_loaded_ = rounds_ >= kLoadRounds;
      rounds_ = 0;
      window_start_ns_ = now_ns;
    }
    if (did_work) {
      ++rounds_;
      last_work_ns_ = now_ns;
      return {};
    }
    const std::uint64_t idle = now_ns - last_work_ns_;
    if (is_loaded_ && idle < kSpinNs) return {};
    if (is_loaded_) return {Kind::Pause, 0};
    if (idle < kShortNs) return {Kind::Nap, kShortNapNs};
    return {Kind::Nap, idle < kMiddleNs ? kMiddleNapNs : kLongNapNs};
  }

 private:
  std::uint64_t last_work_ns_ = 0;
  std::uint64_t window_start_ns_ = 0;
  std::uint32_t rounds_ = 0;
  bool is_loaded_ = false;
};

}  // namespace junctor::dp
