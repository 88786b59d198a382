// SPDX-License-Identifier: MIT
#include "dataplane/tone/g711.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace junctor::dp {
namespace {

TEST(G711, EachOctetIsASampleOfItsOwn) {
  for (const Law law : {Law::Mu, Law::A}) {
    for (unsigned octet = 0; octet < 256; ++octet) {
      if (law == Law::Mu && octet == 0x7f) continue;  // the other zero
      const auto one = static_cast<std::uint8_t>(octet);
      EXPECT_EQ(encode_g711(law, decode_g711(law, one)), one) << octet;
    }
  }
}

TEST(G711, KnownSamples) {
  const struct {
    const char* sentence;
    Law law;
    std::uint8_t octet;
    int sample;
  } rows[] = {
      {"mu-law, nothing", Law::Mu, 0xff, 0},
      {"mu-law, the other nothing", Law::Mu, 0x7f, 0},
      {"mu-law, the least", Law::Mu, 0xfe, 8},
      {"mu-law, the greatest", Law::Mu, 0x80, 32124},
      {"mu-law, the most negative", Law::Mu, 0x00, -32124},
      {"A-law, the least", Law::A, 0xd5, 8},
      {"A-law, the least negative", Law::A, 0x55, -8},
      {"A-law, the greatest", Law::A, 0xaa, 32256},
      {"A-law, the most negative", Law::A, 0x2a, -32256},
  };
  for (const auto& row : rows)
    EXPECT_EQ(decode_g711(row.law, row.octet), row.sample) << row.sentence;
}

TEST(G711, ASampleIsTheNearest) {
  for (const Law law : {Law::Mu, Law::A}) {
    for (int sample = -32768; sample <= 32767; sample += 7) {
      const auto linear = static_cast<std::int16_t>(sample);
      const int error = std::abs(decode_g711(law, encode_g711(law, linear)) - sample);
      // Half an interval, which is a sixteenth of the segment's beginning, and never below 8.
      EXPECT_LE(error, std::max(8, (std::abs(sample) + 132) / 32 + 4) +
                           (std::abs(sample) > 32256 ? 512 : 0))
          << sample;
    }
  }
}

// Tables 5 and 6 of G.711: the sequence that is a sine of 1 kHz at 0 dBm0.
TEST(G711, TheDigitalMilliwattIs0Dbm0) {
  const struct {
    Law law;
    std::uint8_t octets[8];
  } rows[] = {{Law::Mu, {0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e}},
              {Law::A, {0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4}}};
  for (const auto& row : rows) {
    double squares = 0;
    for (const std::uint8_t octet : row.octets) squares += std::pow(decode_g711(row.law, octet), 2);
    const double peak = std::sqrt(2 * squares / 8);
    EXPECT_NEAR(20 * std::log10(peak / peak_of_0dbm0(row.law)), 0, 0.01);
  }
}

}  // namespace
}  // namespace junctor::dp
