// SPDX-License-Identifier: MIT
#include "controlplane/sdp/codecs.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>

#include "controlplane/sdp/offer_answer.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {
namespace {

using interop::Codec;
using interop::parse_number;
using interop::same_text;
using interop::take_until;
using interop::trim;

constexpr std::size_t kPayloadTypes = 128;
constexpr std::uint8_t kFirstDynamic = 96;
constexpr std::uint8_t kTelephoneEvent = 101;  // no rule, but what nearly every product uses
constexpr int kDynamic = -1;

struct KnownCodec {
  std::string_view encoding;
  int payload_type;  // static (RFC 3551), usual, or kDynamic
  std::uint32_t clock_rate;
  std::uint32_t channels;
  std::string_view fmtp;
};
// What may be offered without an offer to go by.
constexpr KnownCodec kKnownCodecs[] = {
    {"PCMU", 0, 8000, 1, ""},
    {"GSM", 3, 8000, 1, ""},
    {"G723", 4, 8000, 1, ""},
    {"PCMA", 8, 8000, 1, ""},
    {"G722", 9, 8000, 1, ""},
    {"CN", 13, 8000, 1, ""},
    {"G728", 15, 8000, 1, ""},
    {"G729", 18, 8000, 1, "annexb=no"},
    {"telephone-event", kTelephoneEvent, 8000, 1, "0-15"},
    {"G726-16", kDynamic, 8000, 1, ""},
    {"G726-24", kDynamic, 8000, 1, ""},
    {"G726-32", kDynamic, 8000, 1, ""},
    {"G726-40", kDynamic, 8000, 1, ""},
    {"AAL2-G726-32", kDynamic, 8000, 1, ""},
    {"iLBC", kDynamic, 8000, 1, ""},
    {"speex", kDynamic, 8000, 1, ""},
    {"AMR", kDynamic, 8000, 1, "octet-align=1"},
    {"AMR-WB", kDynamic, 16000, 1, "octet-align=1"},
    {"G7221", kDynamic, 16000, 1, "bitrate=32000"},
    {"L16", kDynamic, 16000, 1, ""},
    {"opus", kDynamic, 48000, 2, ""},
};

constexpr std::string_view kNotVoice[] = {"telephone-event", "CN",        "tone", "RED",
                                          "ulpfec",          "parityfec", "rtx"};

// Parameters that select a bit stream, with the value that holds when they are left out.
struct Selector {
  std::string_view encoding;
  std::string_view parameter;
  std::string_view default_value;
};
constexpr Selector kSelectors[] = {
    // RFC 4867, section 8.1
    {"AMR", "octet-align", "0"},
    {"AMR", "crc", "0"},
    {"AMR", "robust-sorting", "0"},
    {"AMR", "interleaving", ""},
    {"AMR-WB", "octet-align", "0"},
    {"AMR-WB", "crc", "0"},
    {"AMR-WB", "robust-sorting", "0"},
    {"AMR-WB", "interleaving", ""},
    // RFC 5577
    {"G7221", "bitrate", ""},
};

// Value of "name=value" in a list with semicolons.
std::optional<std::string_view> fmtp_value(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    std::string_view value = take_until(fmtp, ';');
    const std::string_view key = trim(take_until(value, '='));
    if (same_text(key, name)) return trim(value);
  }
  return std::nullopt;
}

constexpr std::size_t kEvents = 256;
using Events = std::bitset<kEvents>;

// "0-15,66" (RFC 4733, section 2.4.1); nothing said is 0-15.
Events read_events(std::string_view text) {
  Events events;
  for (text = text.empty() ? "0-15" : text; !text.empty();) {
    std::string_view last = take_until(text, ',');
    const bool is_range = last.find('-') != std::string_view::npos;
    const auto from = parse_number<std::uint8_t>(trim(take_until(last, '-')));
    const auto to = is_range ? parse_number<std::uint8_t>(trim(last)) : from;
    if (!from || !to) continue;
    for (std::size_t e = *from; e <= *to; ++e) events.set(e);
  }
  return events;
}

std::string events_text(const Events& events) {
  std::string out;
  for (std::size_t e = 0; e < kEvents; ++e) {
    if (!events[e]) continue;
    const std::size_t from = e;
    while (e + 1 < kEvents && events[e + 1]) ++e;
    out += (out.empty() ? "" : ",") + std::to_string(from);
    if (e > from) out += "-" + std::to_string(e);
  }
  return out;
}

}  // namespace

bool is_voice(const Codec& codec) {
  return std::none_of(std::begin(kNotVoice), std::end(kNotVoice),
                      [&](std::string_view name) { return same_text(name, codec.encoding); });
}

bool has_voice(std::span<const Codec> codecs) {
  return std::any_of(codecs.begin(), codecs.end(), is_voice);
}

std::string format_key(const Codec& codec) {
  std::string key;
  for (const Selector& s : kSelectors) {
    if (!same_text(s.encoding, codec.encoding)) continue;
    const std::string_view value = fmtp_value(codec.fmtp, s.parameter).value_or(s.default_value);
    if (value == s.default_value) continue;
    key += (key.empty() ? "" : ";") + std::string(s.parameter) + "=" + std::string(value);
  }
  return key;
}

bool same_codec(const Codec& a, const Codec& b) {
  return a.same_format(b) && format_key(a) == format_key(b);
}

const Codec* find_codec(std::span<const Codec> list, const Codec& like) {
  const auto at =
      std::find_if(list.begin(), list.end(), [&](const Codec& c) { return same_codec(c, like); });
  return at == list.end() ? nullptr : &*at;
}

std::vector<std::string_view> known_encodings() {
  std::vector<std::string_view> names;
  for (const KnownCodec& known : kKnownCodecs) names.push_back(known.encoding);
  return names;
}

std::vector<Codec> filter_codecs(std::vector<Codec> codecs, std::span<const std::string> policy) {
  const auto rank = [policy](const Codec& c) {
    const auto at = std::find_if(policy.begin(), policy.end(), [&](const std::string& name) {
      return same_text(name, c.encoding);
    });
    return at - policy.begin();
  };
  std::erase_if(codecs, [&](const Codec& c) { return rank(c) == std::ssize(policy); });
  std::stable_sort(codecs.begin(), codecs.end(), [&](const Codec& a, const Codec& b) {
    if (is_voice(a) != is_voice(b)) return is_voice(a);
    return rank(a) < rank(b);
  });
  return codecs;
}

std::vector<Codec> policy_codecs(std::span<const std::string> policy) {
  std::vector<Codec> codecs;
  std::uint8_t next = kFirstDynamic;
  for (const std::string& name : policy) {
    for (const KnownCodec& k : kKnownCodecs) {
      if (!same_text(k.encoding, name)) continue;
      Codec c{0, std::string(k.encoding), k.clock_rate, k.channels, std::string(k.fmtp)};
      if (find_codec(codecs, c) != nullptr) continue;
      if (next == kTelephoneEvent) ++next;
      c.payload_type =
          k.payload_type == kDynamic ? next++ : static_cast<std::uint8_t>(k.payload_type);
      codecs.push_back(std::move(c));
    }
  }
  return filter_codecs(std::move(codecs), policy);
}

std::string answer_fmtp(const Codec& offered, const Codec& accepted) {
  if (same_text(offered.encoding, "telephone-event")) {
    return events_text(read_events(offered.fmtp) & read_events(accepted.fmtp));
  }
  if (same_text(offered.encoding, "G729")) {
    // Annex B is used unless one of both says no (RFC 4856, section 2.1.9).
    const auto says_no = [](const Codec& c) {
      return same_text(fmtp_value(c.fmtp, "annexb").value_or(""), "no");
    };
    return says_no(offered) || says_no(accepted) ? "annexb=no" : accepted.fmtp;
  }
  return accepted.fmtp;
}

void number_codecs(std::vector<Codec>& codecs, std::span<const Codec> before) {
  std::bitset<kPayloadTypes> taken;
  for (const Codec& c : before) taken.set(c.payload_type);
  std::vector<Codec*> unnumbered;
  for (Codec& c : codecs) {
    if (const Codec* same = find_codec(before, c)) {
      c.payload_type = same->payload_type;
    } else if (!taken[c.payload_type]) {
      taken.set(c.payload_type);
    } else {
      unnumbered.push_back(&c);
    }
  }
  for (Codec* c : unnumbered) {
    std::uint8_t free = kFirstDynamic;
    while (free < kPayloadTypes && taken[free]) ++free;
    if (free == kPayloadTypes) break;
    taken.set(free);
    c->payload_type = free;
  }
  // What got no number of its own, and a codec that is there twice, is left out.
  std::bitset<kPayloadTypes> used;
  std::erase_if(codecs, [&](const Codec& c) {
    if (used[c.payload_type]) return true;
    used.set(c.payload_type);
    return false;
  });
}

}  // namespace junctor::cp
