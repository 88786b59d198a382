// SPDX-License-Identifier: MIT
#include "platform/config/codecs.hpp"

#include <algorithm>
#include <array>

namespace junctor::config {
namespace {

constexpr std::array kCodecs = std::to_array<CodecName>({
    {"PCMU", 0},
    {"PCMA", 8},
    {"G722", 9},  // samples at 16 kHz, but its RTP clock is 8000 (RFC 3551, section 4.5.2)
    {"G729", 18},
    {"GSM", 3},
    {"G723", 4},
    {"G728", 15},
    {"G726-16"},
    {"G726-24"},
    {"G726-32"},
    {"G726-40"},
    {"AAL2-G726-32"},
    {"iLBC"},
    {"speex"},
    {"AMR"},
    {"AMR-WB", -1, 16000},
    {"G7221", -1, 16000},
    {"L16", -1, 16000},
    {"opus", -1, 48000, 2},  // always announced so (RFC 7587, section 7)
    {"telephone-event", -1, 8000, 1, false},
    {"CN", 13, 8000, 1, false},
});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::span<const CodecName> codec_names() { return kCodecs; }

const CodecName* find_codec(std::string_view name) {
  const auto is_named = [&](const CodecName& codec) {
    return std::ranges::equal(codec.name, name, {}, lower, lower);
  };
  const auto at = std::ranges::find_if(kCodecs, is_named);
  return at == kCodecs.end() ? nullptr : &*at;
}

}  // namespace junctor::config
