// SPDX-License-Identifier: MIT
#include "dataplane/tone/generator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace junctor::dp {
namespace {

std::vector<std::int16_t> made(Generator generator, Law law, std::size_t count,
                               std::size_t at_a_time) {
  std::vector<std::int16_t> samples(count);
  for (std::size_t i = 0; i < count; i += at_a_time)
    generator.fill(law, std::span(samples).subspan(i, std::min(at_a_time, count - i)));
  return samples;
}

TEST(Generator, HasItsLevelAndFrequency) {
  const struct {
    Law law;
    double hz, dbm0;
  } rows[] = {{Law::Mu, 1004, -10}, {Law::A, 1004, -10}, {Law::A, 425, 0}, {Law::Mu, 3000, -40}};
  for (const auto& row : rows) {
    const auto samples = made(Generator(row.hz, row.dbm0), row.law, 8000, 160);
    double squares = 0;
    unsigned rises = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      squares += std::pow(samples[i], 2);
      if (i > 0 && samples[i - 1] < 0 && samples[i] >= 0) ++rises;
    }
    const double peak = std::sqrt(2 * squares / 8000);
    EXPECT_NEAR(20 * std::log10(peak / peak_of_0dbm0(row.law)), row.dbm0, 0.05) << row.hz;
    EXPECT_NEAR(rises, row.hz, 1.5);
  }
}

TEST(Generator, GoesOnWithoutABreak) {
  EXPECT_EQ(made(Generator(1004, -10), Law::A, 1600, 160),
            made(Generator(1004, -10), Law::A, 1600, 1600));
}

}  // namespace
}  // namespace junctor::dp
