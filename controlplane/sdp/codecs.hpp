// SPDX-License-Identifier: MIT
// Codecs of two descriptions compared, chosen and numbered; the part of offer/answer that knows
// encodings.
//
// Threads   pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/sdp.hpp"

namespace junctor::cp {

// Whether it carries the voice itself, not only events, comfort noise or redundancy.
bool is_voice(const interop::Codec& codec);
bool has_voice(std::span<const interop::Codec> codecs);

// The parameters of fmtp that make two streams of one encoding incompatible, in one form:
// "octet-align=1". Mostly "".
std::string format_key(const interop::Codec& codec);
// Same encoding, and streams that can be joined without transcoding.
bool same_codec(const interop::Codec& a, const interop::Codec& b);
const interop::Codec* find_codec(std::span<const interop::Codec> list, const interop::Codec& like);

// What policy_codecs() knows: the names that a configuration may use (platform/config/codecs.hpp).
std::vector<std::string_view> known_encodings();

// Those that the policy names, in its order, voice first.
std::vector<interop::Codec> filter_codecs(std::vector<interop::Codec> codecs,
                                          std::span<const std::string> policy);

// fmtp of an answer: what the other party said, within what was offered.
std::string answer_fmtp(const interop::Codec& offered, const interop::Codec& accepted);

// Numbers for a new offer in a dialog whose last description of ours had these: a codec keeps its
// number, and a number that meant one codec never means another (RFC 3264, section 8.3.2).
void number_codecs(std::vector<interop::Codec>& codecs, std::span<const interop::Codec> before);

}  // namespace junctor::cp
