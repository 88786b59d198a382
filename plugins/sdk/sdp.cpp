// SPDX-License-Identifier: MIT
#include "plugins/sdk/sdp.hpp"

#include <algorithm>
#include <bitset>
#include <utility>

#include "plugins/sdk/text.hpp"

namespace junctor::interop {
namespace {

struct StaticFormat {
  std::uint8_t payload_type;
  std::string_view encoding;
  std::uint32_t clock_rate;
  std::uint32_t channels;
};

// RFC 3551, tables 4 and 5.
constexpr StaticFormat kStaticFormats[] = {
    {0, "PCMU", 8000, 1},   {3, "GSM", 8000, 1},    {4, "G723", 8000, 1},   {5, "DVI4", 8000, 1},
    {6, "DVI4", 16000, 1},  {7, "LPC", 8000, 1},    {8, "PCMA", 8000, 1},   {9, "G722", 8000, 1},
    {10, "L16", 44100, 2},  {11, "L16", 44100, 1},  {12, "QCELP", 8000, 1}, {13, "CN", 8000, 1},
    {14, "MPA", 90000, 1},  {15, "G728", 8000, 1},  {16, "DVI4", 11025, 1}, {17, "DVI4", 22050, 1},
    {18, "G729", 8000, 1},  {25, "CelB", 90000, 1}, {26, "JPEG", 90000, 1}, {28, "nv", 90000, 1},
    {31, "H261", 90000, 1}, {32, "MPV", 90000, 1},  {33, "MP2T", 90000, 1}, {34, "H263", 90000, 1},
};

constexpr std::string_view kDirectionNames[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
constexpr std::uint8_t kMaxPayloadType = 127;

std::optional<Direction> direction_of(const Attribute& a) {
  for (std::size_t i = 0; i < std::size(kDirectionNames); ++i) {
    if (a.name == kDirectionNames[i]) return static_cast<Direction>(i);
  }
  return std::nullopt;
}

std::optional<Direction> direction_of(const std::vector<Attribute>& attributes) {
  for (const Attribute& a : attributes) {
    if (const auto d = direction_of(a)) return d;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> parse_payload_type(std::string_view text) {
  const auto n = parse_number<std::uint8_t>(text);
  return n && *n <= kMaxPayloadType ? n : std::nullopt;
}

// Value of the first attribute of that name that speaks of this payload type ("18 annexb=no"),
// without it.
std::optional<std::string_view> value_for(const Media& media, std::string_view name,
                                          std::uint8_t payload_type) {
  for (const Attribute& a : media.attributes) {
    if (a.name != name) continue;
    std::string_view rest = a.value;
    if (parse_payload_type(take_word(rest)) == payload_type) return trim(rest);
  }
  return std::nullopt;
}

// "telephone-event/8000", "opus/48000/2".
bool read_rtpmap(std::string_view text, Codec& into) {
  std::string_view rest = take_word(text);
  const std::string_view encoding = take_until(rest, '/');
  const auto rate = parse_number<std::uint32_t>(take_until(rest, '/'));
  const auto channels = rest.empty() ? 1U : parse_number<std::uint32_t>(rest).value_or(0);
  constexpr std::uint32_t kMaxRate = 1'000'000;
  constexpr std::uint32_t kMaxChannels = 32;
  if (encoding.empty() || !rate || *rate == 0 || *rate > kMaxRate) return false;
  if (channels == 0 || channels > kMaxChannels) return false;
  into.encoding = encoding;
  into.clock_rate = *rate;
  into.channels = channels;
  return true;
}

bool read_static(Codec& into) {
  for (const StaticFormat& f : kStaticFormats) {
    if (f.payload_type != into.payload_type) continue;
    into.encoding = f.encoding;
    into.clock_rate = f.clock_rate;
    into.channels = f.channels;
    return true;
  }
  return false;
}

const Connection* connection_of(const Sdp& sdp, const Media& media) {
  if (media.connection) return &*media.connection;
  return sdp.connection ? &*sdp.connection : nullptr;
}

// RFC 3264, section 8.4 for IPv4; RFC 6157, section 4.1 for what stands in its place in IPv6.
bool is_null(const Connection& c) {
  if (c.address) return c.address.is_unspecified();
  const std::string host = to_lower(c.host);
  return host == "invalid" || host.ends_with(".invalid");
}

}  // namespace

std::string_view direction_name(Direction direction) {
  return kDirectionNames[static_cast<std::size_t>(direction)];
}

bool Codec::same_format(const Codec& other) const {
  return same_text(encoding, other.encoding) && clock_rate == other.clock_rate &&
         channels == other.channels;
}

bool Media::is_audio_rtp() const {
  return same_text(type, "audio") &&
         (same_text(protocol, "RTP/AVP") || same_text(protocol, "RTP/AVPF"));
}

std::optional<std::string_view> Media::attribute(std::string_view name) const {
  for (const Attribute& a : attributes) {
    if (a.name == name) return a.value;
  }
  return std::nullopt;
}

void Media::set_attribute(std::string_view name, std::string value) {
  const auto is_named = [name](const Attribute& a) { return a.name == name; };
  const auto first = std::find_if(attributes.begin(), attributes.end(), is_named);
  if (first == attributes.end()) {
    attributes.push_back({std::string(name), std::move(value), true});
    return;
  }
  first->value = std::move(value);
  first->has_value = true;
  attributes.erase(std::remove_if(first + 1, attributes.end(), is_named), attributes.end());
}

void Media::set_flag(std::string_view name) {
  set_attribute(name, "");
  for (Attribute& a : attributes) {
    if (a.name == name) a.has_value = false;
  }
}

std::size_t Media::remove_attribute(std::string_view name) {
  return std::erase_if(attributes, [name](const Attribute& a) { return a.name == name; });
}

std::vector<Codec> Media::codecs() const {
  std::vector<Codec> out;
  std::bitset<kMaxPayloadType + 1> seen;
  for (const std::string& format : formats) {
    const auto payload_type = parse_payload_type(format);
    if (!payload_type || seen[*payload_type]) continue;
    seen.set(*payload_type);
    Codec codec;
    codec.payload_type = *payload_type;
    const auto rtpmap = value_for(*this, "rtpmap", *payload_type);
    if (!(rtpmap ? read_rtpmap(*rtpmap, codec) : read_static(codec))) continue;
    codec.fmtp = value_for(*this, "fmtp", *payload_type).value_or("");
    out.push_back(std::move(codec));
  }
  return out;
}

void Media::set_codecs(const std::vector<Codec>& codecs) {
  const auto is_map = [](const Attribute& a) { return a.name == "rtpmap" || a.name == "fmtp"; };
  const auto first = std::find_if(attributes.begin(), attributes.end(), is_map);
  const auto place = first - attributes.begin();
  std::erase_if(attributes, is_map);
  formats.clear();
  std::vector<Attribute> maps;
  for (const Codec& c : codecs) {
    const std::string number = std::to_string(c.payload_type);
    formats.push_back(number);
    std::string map = number + " " + c.encoding + "/" + std::to_string(c.clock_rate);
    if (c.channels > 1) map += "/" + std::to_string(c.channels);
    maps.push_back({"rtpmap", std::move(map), true});
    if (!c.fmtp.empty()) maps.push_back({"fmtp", number + " " + c.fmtp, true});
  }
  const auto at = std::min<std::ptrdiff_t>(place, std::ssize(attributes));
  attributes.insert(attributes.begin() + at, maps.begin(), maps.end());
}

const Media* Sdp::audio() const {
  for (const Media& m : media) {
    if (m.is_audio_rtp() && m.port != 0) return &m;
  }
  return nullptr;
}

Media* Sdp::audio() { return const_cast<Media*>(std::as_const(*this).audio()); }

Direction Sdp::direction(const Media& of) const {
  if (const auto d = direction_of(of.attributes)) return *d;
  return direction_of(attributes).value_or(Direction::SendRecv);
}

void Sdp::set_direction(Media& of, Direction direction) {
  for (const std::string_view flag : kDirectionNames) of.remove_attribute(flag);
  of.set_flag(direction_name(direction));
}

std::optional<SocketAddress> Sdp::rtp_address(const Media& of) const {
  const Connection* c = connection_of(*this, of);
  if (c == nullptr || !c->address || of.port == 0) return std::nullopt;
  return SocketAddress{c->address, of.port};
}

std::optional<SocketAddress> Sdp::rtcp_address(const Media& of) const {
  const auto rtp = rtp_address(of);
  if (!rtp) return std::nullopt;
  if (const auto value = of.attribute("rtcp")) {
    // "53020" or "53020 IN IP4 126.16.64.4" (RFC 3605, section 2.1).
    std::string_view rest = *value;
    const auto port = parse_number<std::uint16_t>(take_word(rest));
    static_cast<void>(take_word(rest));
    static_cast<void>(take_word(rest));
    const std::string_view host = take_word(rest);
    const auto address = host.empty() ? std::optional(rtp->ip) : IpAddress::parse(host);
    if (port && *port != 0 && address) return SocketAddress{*address, *port};
  }
  if (rtp->port == UINT16_MAX) return std::nullopt;
  return SocketAddress{rtp->ip, static_cast<std::uint16_t>(rtp->port + 1)};
}

bool Sdp::has_null_address(const Media& of) const {
  const Connection* c = connection_of(*this, of);
  return c != nullptr && is_null(*c);
}

}  // namespace junctor::interop
