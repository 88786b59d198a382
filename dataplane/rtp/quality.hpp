// SPDX-License-Identifier: MIT
// Voice quality as G.107's E-model estimates it from what a packet network did.
//
//   R = 93.2 - Id(delay) - Ie_eff(codec, loss);   MOS from R (Annex B)
//
// Id is the linear approximation of Cole and Rosenbluth. Losses are taken as random (BurstR = 1).
//
// Threads   pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "platform/base/clock.hpp"

namespace junctor::dp {

// What a codec costs (G.113, Appendix I).
struct CodecQuality {
  double ie = 0;             // equipment impairment factor
  double bpl = 4.3;          // packet loss robustness
  double octets_per_ms = 0;  // 0: not fixed; the packetisation is then taken as 20 ms
};

// By RFC 4855 name, without regard to case. A codec that is not in the table counts as G.711.
CodecQuality codec_quality(std::string_view encoding);

// One direction of a call, as received.
struct Reception {
  double loss = 0;  // 0..1
  Nanoseconds round_trip{0};
  Nanoseconds jitter{0};
  Nanoseconds packetisation{20'000'000};
};

// The one-way delay from mouth to ear: half the round trip, a receiver's buffer of twice the
// jitter, one packet.
Nanoseconds one_way_delay(const Reception& reception);

double r_factor(const CodecQuality& codec, const Reception& reception);
double mos(double r);  // 1 .. 4.5

}  // namespace junctor::dp
