// SPDX-License-Identifier: MIT
// The codecs that a configuration may name, with what RFC 3551 and the registrations say of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace junctor::config {

struct CodecName {
  std::string_view name;  // as in a=rtpmap; compared without regard to case (RFC 4855, section 3)
  std::int16_t static_payload_type = -1;  // RFC 3551, table 4; -1: dynamic
  std::uint32_t clock_rate = 8000;        // of RTP timestamps
  std::uint8_t channels = 1;
  bool is_voice = true;  // else it goes with a voice codec (tones, silence)
};

std::span<const CodecName> codec_names();
// nullptr if the gateway does not know the name.
const CodecName* find_codec(std::string_view name);

}  // namespace junctor::config
