// SPDX-License-Identifier: MIT
// ITU-T G.711: A-law and mu-law, an octet a sample, 8,000 a second.
//
//   linear, 16 bit (A-law in its upper 13, mu-law in its upper 14) <--> octet as it is in RTP
//
// Threads   pure functions.
#pragma once

#include <cstdint>

namespace junctor::dp {

enum class Law : std::uint8_t { Mu, A };

inline constexpr unsigned kVoiceRate = 8000;

std::uint8_t encode_g711(Law law, std::int16_t sample);
std::int16_t decode_g711(Law law, std::uint8_t octet);

// Of a sine of 0 dBm0. The theoretical load capacity, a sine that just reaches the end of the scale,
// is +3.14 dBm0 (A-law) or +3.17 dBm0 (mu-law).
double peak_of_0dbm0(Law law);

}  // namespace junctor::dp
