// SPDX-License-Identifier: MIT
#include "dataplane/tone/g711.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace junctor::dp {
namespace {

// mu-law: 33 of 14 bits, added so that each segment begins at a power of two.
constexpr unsigned kBias = 33 << 2;
constexpr unsigned kMuEnd = 8159 << 2;
constexpr unsigned kMuSmallestSegment = 7;  // the highest bit of what lies in segment 0, biased
constexpr std::uint8_t kAlternate = 0x55;   // A-law sends its even bits inverted

unsigned highest_bit(unsigned value) { return static_cast<unsigned>(std::bit_width(value)) - 1; }

std::uint8_t encode_mu(int sample) {
  const unsigned magnitude = std::min(static_cast<unsigned>(std::abs(sample)), kMuEnd - 4) + kBias;
  const unsigned segment = highest_bit(magnitude) - kMuSmallestSegment;
  const unsigned step = magnitude >> (segment + 3) & 0x0f;
  const unsigned sign = sample < 0 ? 0x80 : 0;
  return static_cast<std::uint8_t>(~(sign | segment << 4 | step));
}

int decode_mu(std::uint8_t octet) {
  const unsigned bits = static_cast<std::uint8_t>(~octet);
  const unsigned segment = bits >> 4 & 7;
  const int magnitude = static_cast<int>((((bits & 0x0f) << 3) + kBias) << segment) - int{kBias};
  return (bits & 0x80) != 0 ? -magnitude : magnitude;
}

std::uint8_t encode_a(int sample) {
  const unsigned sign = sample < 0 ? 0 : 0x80;
  const unsigned magnitude = static_cast<unsigned>(sample < 0 ? ~sample : sample) >> 4;  // 12 bits
  const unsigned segment = magnitude < 32 ? magnitude >> 4 : highest_bit(magnitude) - 3;
  const unsigned step = magnitude >> (segment > 1 ? segment - 1 : 0) & 0x0f;
  return static_cast<std::uint8_t>((sign | segment << 4 | step) ^ kAlternate);
}

int decode_a(std::uint8_t octet) {
  const unsigned bits = octet ^ kAlternate;
  const unsigned segment = bits >> 4 & 7;
  unsigned magnitude = ((bits & 0x0f) << 4) + 8;  // the middle of the interval
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return (bits & 0x80) != 0 ? static_cast<int>(magnitude) : -static_cast<int>(magnitude);
}

}  // namespace

std::uint8_t encode_g711(Law law, std::int16_t sample) {
  return law == Law::A ? encode_a(sample) : encode_mu(sample);
}

std::int16_t decode_g711(Law law, std::uint8_t octet) {
  return static_cast<std::int16_t>(law == Law::A ? decode_a(octet) : decode_mu(octet));
}

double peak_of_0dbm0(Law law) {
  static const double kA = 32768 / std::pow(10.0, 3.14 / 20);
  static const double kMu = kMuEnd / std::pow(10.0, 3.17 / 20);
  return law == Law::A ? kA : kMu;
}

}  // namespace junctor::dp
