// SPDX-License-Identifier: MIT
#include "controlplane/sdp/offer_answer.hpp"

#include <algorithm>
#include <bitset>
#include <utility>

#include "controlplane/sdp/codecs.hpp"
#include "controlplane/sdp/parser.hpp"
#include "platform/base/assert.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {
namespace {

using interop::Attribute;
using interop::Codec;
using interop::Connection;
using interop::Direction;
using interop::Media;
using interop::Sdp;

// Warning codes of RFC 3261, section 20.43.
constexpr std::uint16_t kBadAddressFormat = 301;
constexpr std::uint16_t kBadTransport = 302;
constexpr std::uint16_t kNoSuchMedia = 304;
constexpr std::uint16_t kNoSuchFormat = 305;
constexpr std::uint16_t kNoMulticast = 330;
constexpr std::uint16_t kMiscellaneous = 399;
constexpr std::uint32_t kMaxPtimeMs = 1000;
constexpr std::uint32_t kBroadcast = 0xffffffff;

Refusal refuse(std::uint16_t warning, std::string reason) {
  return {488, warning, std::move(reason)};
}

// Why there is no audio to carry.
Refusal no_audio(const Sdp& sdp) {
  for (const Media& m : sdp.media) {
    if (!interop::same_text(m.type, "audio") || m.port == 0) continue;
    return refuse(kBadTransport, "audio over " + m.protocol + " is not supported, RTP/AVP is");
  }
  return refuse(kNoSuchMedia, "there is no audio");
}

std::uint32_t read_ms(const Sdp& sdp, const Media& media, std::string_view name) {
  std::string_view text = media.attribute(name).value_or("");
  for (const Attribute& a : sdp.attributes) {
    if (text.empty() && a.name == name) text = a.value;
  }
  const auto ms = interop::parse_number<std::uint32_t>(text);
  return ms && *ms <= kMaxPtimeMs ? *ms : 0;
}

bool is_usable(const IpAddress& peer, Family ours) {
  const bool is_broadcast = peer.is_v4() && peer.v4() == kBroadcast;
  return (ours == Family::None || peer.family() == ours) && !peer.is_unspecified() &&
         !peer.is_multicast() && !is_broadcast;
}

// Where the peer wants its media; nothing said and nothing wrong if it is on hold or gives a name.
OrRefusal<std::optional<SocketAddress>> read_remote(const Sdp& sdp, const Media& media,
                                                    Family ours) {
  if (!media.connection && !sdp.connection) return refuse(kMiscellaneous, "there is no c= line");
  const auto remote = sdp.rtp_address(media);
  if (!remote || sdp.has_null_address(media)) return std::optional<SocketAddress>{};
  if (ours != Family::None && remote->ip.family() != ours) {
    return refuse(kBadAddressFormat, ours == Family::V6
                                         ? "only IPv6 addresses can be reached here"
                                         : "only IPv4 addresses can be reached here");
  }
  if (!is_usable(remote->ip, ours)) return refuse(kNoMulticast, "media goes to single hosts only");
  return remote;
}

std::optional<SocketAddress> read_remote_rtcp(const Sdp& sdp, const Media& media,
                                              const Agreed& agreed) {
  if (!agreed.remote || agreed.rtcp_mux) return agreed.remote;
  const auto rtcp = sdp.rtcp_address(media);
  if (rtcp && is_usable(rtcp->ip, agreed.remote->ip.family())) return rtcp;
  if (agreed.remote->port == UINT16_MAX) return std::nullopt;
  return SocketAddress{agreed.remote->ip, static_cast<std::uint16_t>(agreed.remote->port + 1)};
}

// What a peer's description says, but for its codecs.
OrRefusal<Agreed> read_side(const Sdp& sdp, const Media& media, Family ours, bool we_mux) {
  Agreed agreed;
  agreed.index = static_cast<std::size_t>(&media - sdp.media.data());
  auto remote = read_remote(sdp, media, ours);
  if (const auto* refusal = std::get_if<Refusal>(&remote)) return *refusal;
  agreed.remote = std::get<0>(remote);
  agreed.rtcp_mux = we_mux && media.attribute("rtcp-mux").has_value();
  agreed.remote_rtcp = read_remote_rtcp(sdp, media, agreed);
  agreed.direction = effective_direction(sdp, media);
  agreed.ptime_ms = read_ms(sdp, media, "ptime");
  agreed.maxptime_ms = read_ms(sdp, media, "maxptime");
  return agreed;
}

// Everything of our audio line but type, protocol and codecs.
void describe_audio(Sdp& sdp, Media& audio, const LocalSide& local, Direction direction, bool mux) {
  audio.port = local.rtp.port;
  if (local.ptime_ms != 0) audio.set_attribute("ptime", std::to_string(local.ptime_ms));
  if (local.maxptime_ms != 0) audio.set_attribute("maxptime", std::to_string(local.maxptime_ms));
  if (mux) audio.set_flag("rtcp-mux");
  sdp.set_direction(audio, direction);
}

// A line that is there to keep the order of the lines: refused (RFC 3264, section 6).
Media refused_line(const Media& of) {
  Media m;
  m.type = of.type;
  m.protocol = of.protocol;
  m.formats = {of.formats.empty() ? "0" : of.formats.front()};
  return m;
}

Sdp empty_description(const LocalSide& local) {
  Sdp sdp;
  sdp.origin_id = local.previous != nullptr ? local.previous->origin_id : local.session_id;
  sdp.origin_version = local.previous != nullptr ? local.previous->origin_version : 1;
  sdp.origin_address = local.rtp.ip;
  sdp.connection = Connection{local.rtp.ip, local.rtp.ip.text()};
  return sdp;
}

// RFC 3264, section 8: another version if and only if something else is said.
void set_version(Sdp& sdp, const LocalSide& local) {
  if (local.previous == nullptr) return;
  if (print_sdp(sdp) != print_sdp(*local.previous)) ++sdp.origin_version;
}

Media new_audio_line() {
  Media audio;
  audio.type = "audio";
  audio.protocol = "RTP/AVP";
  return audio;
}

OrRefusal<Sdp> offer(std::vector<Codec> codecs, const LocalSide& local, Direction direction) {
  JUNCTOR_ASSERT(local.rtp.port != 0);
  const Media* before = local.previous != nullptr ? local.previous->audio() : nullptr;
  if (before != nullptr) {
    number_codecs(codecs, before->codecs());
  } else {
    number_codecs(codecs, {});
  }
  if (!has_voice(codecs)) return refuse(kNoSuchFormat, "there is no codec that both sides have");

  Sdp sdp = empty_description(local);
  Media audio = new_audio_line();
  if (before != nullptr) audio.protocol = before->protocol;
  audio.set_codecs(codecs);
  describe_audio(sdp, audio, local, direction, local.rtcp_mux);
  if (local.previous != nullptr) {
    for (const Media& m : local.previous->media) {
      sdp.media.push_back(&m == before ? audio : refused_line(m));
    }
  }
  if (before == nullptr) sdp.media.push_back(std::move(audio));
  set_version(sdp, local);
  return sdp;
}

}  // namespace

std::vector<Codec> Agreed::codec_list() const {
  std::vector<Codec> list;
  for (const AgreedCodec& c : codecs) list.push_back(c.codec);
  return list;
}

OrRefusal<Sdp> make_offer(const Sdp& other_offer, std::span<const std::string> policy,
                          const LocalSide& local) {
  const Media* theirs = other_offer.audio();
  if (theirs == nullptr) return no_audio(other_offer);
  LocalSide ours = local;
  if (ours.ptime_ms == 0) ours.ptime_ms = read_ms(other_offer, *theirs, "ptime");
  if (ours.maxptime_ms == 0) ours.maxptime_ms = read_ms(other_offer, *theirs, "maxptime");
  const Direction direction = intersect(effective_direction(other_offer, *theirs), local.direction);
  return offer(filter_codecs(theirs->codecs(), policy), ours, direction);
}

OrRefusal<Sdp> make_offer(std::span<const Codec> codecs, const LocalSide& local) {
  return offer({codecs.begin(), codecs.end()}, local, local.direction);
}

OrRefusal<Agreed> check_offer(const Sdp& offer, std::span<const std::string> policy,
                              const LocalSide& local) {
  const Media* audio = offer.audio();
  if (audio == nullptr) return no_audio(offer);
  auto side = read_side(offer, *audio, local.rtp.ip.family(), local.rtcp_mux);
  Agreed* agreed = std::get_if<Agreed>(&side);
  if (agreed == nullptr) return side;
  for (Codec& c : filter_codecs(audio->codecs(), policy)) {
    const std::uint8_t number = c.payload_type;
    agreed->codecs.push_back({std::move(c), number});
  }
  if (!has_voice(agreed->codec_list())) {
    return refuse(kNoSuchFormat, "none of the offered codecs is allowed");
  }
  return side;
}

OrRefusal<Agreed> check_answer(const Sdp& our_offer, const Sdp& answer) {
  // Our offer, but as the dialect left it.
  const Media* ours = our_offer.audio();
  if (ours == nullptr) return refuse(kNoSuchMedia, "there was no audio in the offer");
  const auto address = our_offer.rtp_address(*ours);
  const Family family = address ? address->ip.family() : Family::None;
  const auto index = static_cast<std::size_t>(ours - our_offer.media.data());
  if (index >= answer.media.size())
    return refuse(kMiscellaneous, "the answer has fewer m= lines than the offer");
  const Media& theirs = answer.media[index];
  if (theirs.port == 0) return refuse(kNoSuchMedia, "the answer refuses the audio");
  if (!theirs.is_audio_rtp())
    return refuse(kBadTransport, "the answer is of another kind than the offer");

  auto side = read_side(answer, theirs, family, ours->attribute("rtcp-mux").has_value());
  Agreed* agreed = std::get_if<Agreed>(&side);
  if (agreed == nullptr) return side;
  agreed->direction = intersect(agreed->direction, reverse(our_offer.direction(*ours)));
  const std::vector<Codec> offered = ours->codecs();
  for (Codec& c : theirs.codecs()) {
    const Codec* match = find_codec(offered, c);
    if (match == nullptr) continue;
    c.fmtp = answer_fmtp(*match, c);
    agreed->codecs.push_back({std::move(c), match->payload_type});
  }
  if (!has_voice(agreed->codec_list())) {
    return refuse(kNoSuchFormat, "the answer has none of the offered codecs");
  }
  return side;
}

OrRefusal<Answer> make_answer(const Sdp& offer, std::span<const Codec> accepted,
                              const LocalSide& local) {
  JUNCTOR_ASSERT(local.rtp.port != 0);
  const Media* theirs = offer.audio();
  if (theirs == nullptr) return no_audio(offer);
  auto side = read_side(offer, *theirs, local.rtp.ip.family(), local.rtcp_mux);
  if (const auto* refusal = std::get_if<Refusal>(&side)) return *refusal;
  Agreed agreed = std::get<Agreed>(std::move(side));

  const std::vector<Codec> offered = theirs->codecs();
  std::vector<Codec> codecs;
  for (const Codec& a : accepted) {
    const Codec* match = find_codec(offered, a);
    if (match == nullptr || find_codec(codecs, a) != nullptr) continue;
    Codec c = *match;
    c.fmtp = answer_fmtp(*match, a);
    codecs.push_back(c);
    agreed.codecs.push_back({std::move(c), match->payload_type});
  }
  if (!has_voice(codecs)) return refuse(kNoSuchFormat, "there is no codec that both sides have");

  const Direction direction = intersect(reverse(agreed.direction), local.direction);
  agreed.direction = reverse(direction);
  Sdp sdp = empty_description(local);
  for (const Media& m : offer.media) {
    if (&m != theirs) {
      sdp.media.push_back(refused_line(m));
      continue;
    }
    Media audio = new_audio_line();
    audio.protocol = m.protocol;
    audio.set_codecs(codecs);
    describe_audio(sdp, audio, local, direction, agreed.rtcp_mux);
    sdp.media.push_back(std::move(audio));
  }
  set_version(sdp, local);
  return Answer{std::move(sdp), std::move(agreed)};
}

std::vector<PayloadMapping> payload_map(const Agreed& agreed) {
  constexpr std::size_t kPayloadTypes = 128;
  std::bitset<kPayloadTypes> used;
  std::vector<PayloadMapping> map;
  const auto put = [&](const Codec& c, std::uint8_t number) {
    if (used[number]) return;
    used.set(number);
    map.push_back({number, c.encoding, c.clock_rate, c.channels, format_key(c)});
  };
  for (const AgreedCodec& c : agreed.codecs) put(c.codec, c.codec.payload_type);
  for (const AgreedCodec& c : agreed.codecs) put(c.codec, c.receive_payload_type);
  return map;
}

Changes changes(const Sdp& before, const Sdp& after) {
  const Media* a = before.audio();
  const Media* b = after.audio();
  if (a == nullptr || b == nullptr) return a == b ? Changes{} : Changes{true, true, true};
  Changes c;
  c.direction = effective_direction(before, *a) != effective_direction(after, *b);
  if (!after.has_null_address(*b)) {
    c.address = before.rtp_address(*a) != after.rtp_address(*b) ||
                before.rtcp_address(*a) != after.rtcp_address(*b);
  }
  c.address |= a->attribute("rtcp-mux").has_value() != b->attribute("rtcp-mux").has_value();
  const auto same = [](const Codec& x, const Codec& y) {
    return x.payload_type == y.payload_type && x.same_format(y) && x.fmtp == y.fmtp;
  };
  const std::vector<Codec> x = a->codecs();
  const std::vector<Codec> y = b->codecs();
  c.codecs = !std::equal(x.begin(), x.end(), y.begin(), y.end(), same) ||
             read_ms(before, *a, "ptime") != read_ms(after, *b, "ptime");
  return c;
}

}  // namespace junctor::cp
