// SPDX-License-Identifier: MIT
#include "dataplane/tone/listener.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace junctor::dp {
namespace {

constexpr std::size_t kBlock = Listener::kBlock;
constexpr std::size_t kLines = kBlock / 2;  // line k is k * kLineHz
constexpr double kLineHz = double{kVoiceRate} / kBlock;
constexpr std::size_t kLobe = 2;  // a sine is in its nearest line and so many on either side
constexpr double kPurity = 0.9;
constexpr double kSameTone = 0.03;  // of its frequency: nearer is the same tone
constexpr std::uint32_t kBlockMs = kBlock * 1000 / kVoiceRate;

using Block = std::array<float, kBlock>;

double decibel(double power) { return 10 * std::log10(power); }

const Block& hann() {
  static const Block kWindow = [] {
    Block window;
    for (std::size_t i = 0; i < kBlock; ++i) {
      window[i] = static_cast<float>(
          0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kBlock));
    }
    return window;
  }();
  return kWindow;
}

// Goertzel's filter: the power of one line.
double power_of_line(const Block& block, std::size_t line) {
  const double coefficient =
      2 * std::cos(2 * std::numbers::pi * static_cast<double>(line) / kBlock);
  double s1 = 0, s2 = 0;
  for (const float sample : block) {
    const double s0 = static_cast<double>(sample) + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  return std::max(0.0, s1 * s1 + s2 * s2 - coefficient * s1 * s2);
}

// The frequency, if the block is one tone.
std::optional<double> tone_of(const Block& block) {
  Block windowed;
  for (std::size_t i = 0; i < kBlock; ++i) windowed[i] = block[i] * hann()[i];
  std::array<double, kLines> power{};
  double all = 0;
  for (std::size_t line = 1; line < kLines; ++line)
    all += power[line] = power_of_line(windowed, line);
  const auto peak =
      static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
  if (peak <= kLobe || peak + kLobe >= kLines) return std::nullopt;
  double lobe = 0;
  for (std::size_t line = peak - kLobe; line <= peak + kLobe; ++line) lobe += power[line];
  if (lobe < kPurity * all) return std::nullopt;
  // With this window the two highest lines tell where between them the sine is.
  const bool is_above = power[peak + 1] > power[peak - 1];
  const double ratio = std::sqrt(std::max(power[peak + 1], power[peak - 1]) / power[peak]);
  const double shift = (2 * ratio - 1) / (1 + ratio);
  return (static_cast<double>(peak) + (is_above ? shift : -shift)) * kLineHz;
}

}  // namespace

void Listener::take(Law law, std::span<const std::uint8_t> payload) {
  const double scale = 1 / peak_of_0dbm0(law);
  for (const std::uint8_t octet : payload) {
    block_[filled_++] = static_cast<float>(decode_g711(law, octet) * scale);
    if (filled_ == kBlock) end_block();
  }
}

void Listener::end_block() {
  filled_ = 0;
  ++blocks_;
  double squares = 0;
  for (const float sample : block_)
    squares += static_cast<double>(sample) * static_cast<double>(sample);
  const double power = 2 * squares / kBlock;  // a sine with the peak 1 is 0 dBm0
  if (power <= std::pow(10.0, kSilenceDbm0 / 10)) {
    ++silent_;
    return;
  }
  power_ += power;
  if (const auto hz = tone_of(block_)) count_tone(*hz, power);
}

void Listener::count_tone(double hz, double power) {
  auto tone = std::find_if(tones_.begin(), tones_.end(), [hz](const Tone& one) {
    return std::abs(one.hz - hz) <= kSameTone * one.hz;
  });
  if (tone == tones_.end()) {
    if (tones_.size() == kMaxTones) return;
    tone = tones_.insert(tones_.end(), Tone{});
  }
  ++tone->blocks;
  tone->hz += (hz - tone->hz) / tone->blocks;
  tone->power += power;
  tone->power_squared += power * power;
}

Listener::Heard Listener::heard() const {
  Heard out;
  out.ms = blocks_ * kBlockMs;
  if (blocks_ == 0) return out;
  out.silent = static_cast<double>(silent_) / blocks_;
  if (silent_ < blocks_) out.level_dbm0 = decibel(power_ / (blocks_ - silent_));
  const auto longest =
      std::max_element(tones_.begin(), tones_.end(),
                       [](const Tone& a, const Tone& b) { return a.blocks < b.blocks; });
  if (longest == tones_.end()) return out;
  out.tone = static_cast<double>(longest->blocks) / blocks_;
  out.tone_hz = longest->hz;
  out.tone_dbm0 = decibel(longest->power_squared / longest->power);
  return out;
}

}  // namespace junctor::dp
