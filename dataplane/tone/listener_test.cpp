// SPDX-License-Identifier: MIT
#include "dataplane/tone/listener.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "dataplane/tone/generator.hpp"

namespace junctor::dp {
namespace {

using Payload = std::vector<std::uint8_t>;

Payload encoded(Law law, const std::vector<std::int16_t>& samples) {
  Payload out;
  for (const std::int16_t sample : samples) out.push_back(encode_g711(law, sample));
  return out;
}

Payload tone(Law law, double hz, double dbm0, unsigned ms) {
  std::vector<std::int16_t> samples(std::size_t{ms} * 8);
  Generator(hz, dbm0).fill(law, samples);
  return encoded(law, samples);
}

Payload noise(Law law, int peak, unsigned ms) {
  std::minstd_rand random(1);
  std::uniform_int_distribution<int> between(-peak, peak);
  std::vector<std::int16_t> samples(std::size_t{ms} * 8);
  for (std::int16_t& sample : samples) sample = static_cast<std::int16_t>(between(random));
  return encoded(law, samples);
}

// In frames of 20 ms, as they come.
void play(Listener& listener, Law law, const Payload& payload) {
  for (std::size_t i = 0; i < payload.size(); i += 160)
    listener.take(law,
                  std::span(payload).subspan(i, std::min<std::size_t>(160, payload.size() - i)));
}

TEST(Listener, HearsATone) {
  const struct {
    Law law;
    double hz, dbm0;
  } rows[] = {
      {Law::Mu, 1004, -10}, {Law::A, 1004, -10}, {Law::A, 425, -13.2}, {Law::Mu, 425, -25},
      {Law::A, 400, -10},   {Law::Mu, 410, -10}, {Law::A, 1000, 0},    {Law::Mu, 2600, -20},
      {Law::A, 3400, -16},  {Law::Mu, 300, -30}, {Law::A, 200, -10},   {Law::A, 620, -40},
  };
  for (const auto& row : rows) {
    Listener listener;
    play(listener, row.law, tone(row.law, row.hz, row.dbm0, 2000));
    const Listener::Heard heard = listener.heard();
    EXPECT_EQ(heard.ms, 2000u);
    EXPECT_DOUBLE_EQ(heard.tone, 1) << row.hz << " " << row.dbm0;
    EXPECT_NEAR(heard.tone_hz, row.hz, row.hz * 0.01) << row.dbm0;
    EXPECT_NEAR(heard.tone_dbm0, row.dbm0, 0.1) << row.hz;
    EXPECT_NEAR(heard.level_dbm0, row.dbm0, 0.1) << row.hz;
    EXPECT_EQ(heard.silent, 0);
  }
}

TEST(Listener, HearsSilence) {
  const struct {
    const char* sentence;
    Payload payload;
  } rows[] = {{"digital silence", Payload(8000, 0xff)},
              {"idle noise", noise(Law::Mu, 30, 1000)},
              {"a tone too low to be heard", tone(Law::Mu, 1000, -55, 1000)}};
  for (const auto& row : rows) {
    Listener listener;
    play(listener, Law::Mu, row.payload);
    EXPECT_EQ(listener.heard().silent, 1) << row.sentence;
    EXPECT_EQ(listener.heard().tone, 0) << row.sentence;
  }
}

TEST(Listener, NoiseAndTwoTonesAreNoTone) {
  std::vector<std::int16_t> both(16000), other(16000);
  Generator(350, -13).fill(Law::A, both);
  Generator(440, -13).fill(Law::A, other);
  for (std::size_t i = 0; i < both.size(); ++i)
    both[i] = static_cast<std::int16_t>(both[i] + other[i]);
  for (const Payload& payload : {noise(Law::A, 3000, 2000), encoded(Law::A, both)}) {
    Listener listener;
    play(listener, Law::A, payload);
    EXPECT_EQ(listener.heard().tone, 0);
    EXPECT_EQ(listener.heard().silent, 0);
  }
}

TEST(Listener, TheLevelOfTwoTonesIsTheirSum) {
  std::vector<std::int16_t> both(16000), other(16000);
  Generator(350, -13).fill(Law::A, both);
  Generator(440, -13).fill(Law::A, other);
  for (std::size_t i = 0; i < both.size(); ++i)
    both[i] = static_cast<std::int16_t>(both[i] + other[i]);
  Listener listener;
  play(listener, Law::A, encoded(Law::A, both));
  EXPECT_NEAR(listener.heard().level_dbm0, -10, 0.1);
}

TEST(Listener, ACadenceIsAShareOfTheTime) {
  Listener listener;
  for (int i = 0; i < 5; ++i) {
    play(listener, Law::A, tone(Law::A, 425, -10, 480));
    play(listener, Law::A, Payload(520 * 8, 0xd5));
  }
  const Listener::Heard heard = listener.heard();
  EXPECT_EQ(heard.ms, 5000u);
  EXPECT_NEAR(heard.tone, 0.48, 0.06);
  EXPECT_NEAR(heard.silent, 0.5, 0.06);
  EXPECT_NEAR(heard.tone_hz, 425, 4.25);
  EXPECT_NEAR(heard.tone_dbm0, -10, 0.5);
}

TEST(Listener, TheToneHeardLongestCounts) {
  Listener listener;
  play(listener, Law::Mu, tone(Law::Mu, 1130, -10, 1000));
  play(listener, Law::Mu, tone(Law::Mu, 620, -20, 3000));
  EXPECT_NEAR(listener.heard().tone, 0.75, 0.001);
  EXPECT_NEAR(listener.heard().tone_hz, 620, 6.2);
}

TEST(Listener, MoreTonesThanItKeepsAreNoTones) {
  Listener listener;
  for (int i = 0; i < 12; ++i) play(listener, Law::Mu, tone(Law::Mu, 400 + i * 100, -10, 100));
  EXPECT_NEAR(listener.heard().tone, 1.0 / 12, 0.001);
}

TEST(Listener, NothingYet) {
  Listener listener;
  listener.take(Law::A, Payload(399, 0x2a));
  EXPECT_EQ(listener.heard().ms, 0u);
}

}  // namespace
}  // namespace junctor::dp
