// SPDX-License-Identifier: MIT
#include "dataplane/rtp/quality.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace junctor::dp {
namespace {

struct Row {
  std::string_view encoding;
  CodecQuality quality;
};

// Phones and gateways conceal losses of G.711 (Appendix I of G.711), hence 25.1. The wideband
// codecs are judged on the narrowband scale, where they have no impairment.
constexpr std::array<Row, 8> kCodecs{{
    {"PCMU", {0, 25.1, 8}},
    {"PCMA", {0, 25.1, 8}},
    {"G722", {0, 25.1, 8}},
    {"G729", {11, 19.0, 1}},
    {"G723", {15, 16.1, 0}},
    {"GSM", {20, 10.0, 1.65}},
    {"GSM-EFR", {5, 10.0, 1.55}},
    {"iLBC", {11, 32.0, 0}},
}};

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

double milliseconds(Nanoseconds t) { return std::chrono::duration<double, std::milli>(t).count(); }

}  // namespace

CodecQuality codec_quality(std::string_view encoding) {
  for (const Row& row : kCodecs) {
    if (same_word(row.encoding, encoding)) return row.quality;
  }
  return {0, 25.1, 0};
}

Nanoseconds one_way_delay(const Reception& reception) {
  return reception.round_trip / 2 + 2 * reception.jitter + reception.packetisation;
}

double r_factor(const CodecQuality& codec, const Reception& reception) {
  const double delay = milliseconds(one_way_delay(reception));
  const double id = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0.0);
  const double ppl = 100 * std::clamp(reception.loss, 0.0, 1.0);
  const double ie_eff = codec.ie + (95 - codec.ie) * ppl / (ppl + codec.bpl);
  return std::clamp(93.2 - id - ie_eff, 0.0, 100.0);
}

double mos(double r) {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  // G.107, Annex B. Just above R = 0 the polynomial dips under 1.
  return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

}  // namespace junctor::dp
