// SPDX-License-Identifier: MIT
// BackOff: how a worker waits when nothing comes. Under load it spins, and pauses until the load has
// ended; with little to do it naps at once, the longer the quieter it is.
//
//   load    packets .. 10 us: spin .. 1 ms: pause .. then as below
//   some    naps of 100 us
//   little  packets .. 200 ms: naps of 250 us .. : of 500 us
//
// The last millisecond tells: load is 20 rounds with packets, some is 16 packets. A nap costs a core
// some 10 us, so that the few packets of signalling are not worth a short one. A ring of 1,024
// descriptors holds what comes in the longest nap up to two million packets a second.
//
// Threads   a plain value.
#pragma once

#include <cstdint>

namespace junctor::dp {

class BackOff {
 public:
  static constexpr std::uint64_t kSpinNs = 10'000, kMiddleNs = 200'000'000, kWindowNs = 1'000'000;
  static constexpr std::uint32_t kShortNapNs = 100'000, kMiddleNapNs = 250'000,
                                 kLongNapNs = 500'000;
  static constexpr std::uint32_t kLoadRounds = 20;   // with packets, in a window
  static constexpr std::uint32_t kSomePackets = 16;  // in a window

  enum class Kind : std::uint8_t { Spin, Pause, Nap };
  struct Step {
    Kind kind = Kind::Spin;
    std::uint32_t nap_ns = 0;
  };

  // After a round of polling; packets: how many came, or still wait to be sent.
  Step next(std::uint32_t packets, std::uint64_t now_ns) {
    if (now_ns - window_start_ns_ >= kWindowNs) {
      is_loaded_ = rounds_ >= kLoadRounds;
      is_some_ = packets_ >= kSomePackets;
      rounds_ = packets_ = 0;
      window_start_ns_ = now_ns;
    }
    if (packets != 0) {
      ++rounds_;
      packets_ += packets;
      last_work_ns_ = now_ns;
      return {};
    }
    const std::uint64_t idle = now_ns - last_work_ns_;
    if (is_loaded_) return {idle < kSpinNs ? Kind::Spin : Kind::Pause, 0};
    if (is_some_) return {Kind::Nap, kShortNapNs};
    return {Kind::Nap, idle < kMiddleNs ? kMiddleNapNs : kLongNapNs};
  }

 private:
  std::uint64_t last_work_ns_ = 0;
  std::uint64_t window_start_ns_ = 0;
  std::uint32_t rounds_ = 0;
  std::uint32_t packets_ = 0;
  bool is_loaded_ = false;
  bool is_some_ = false;
};

}  // namespace junctor::dp
