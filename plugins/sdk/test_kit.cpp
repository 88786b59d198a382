// SPDX-License-Identifier: MIT
#include "plugins/sdk/test_kit.hpp"

#include <utility>

#include "platform/base/assert.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::interop {
namespace {

constexpr std::string_view kVersion = "SIP/2.0";

std::string_view take_line(std::string_view& rest) {
  std::string_view line = take_until(rest, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Message start_line(std::string_view line) {
  const std::string_view first = take_word(line);
  const std::string_view second = take_word(line);
  if (first != kVersion) {
    JUNCTOR_ASSERT(trim(line) == kVersion);
    return Message::request(std::string(first), std::string(second));
  }
  const auto status = parse_number<std::uint16_t>(second);
  JUNCTOR_ASSERT(status.has_value());
  return Message::response(*status, std::string(trim(line)));
}

Codec codec_from_text(std::string_view text) {
  Codec codec;
  const auto number = parse_number<std::uint8_t>(take_word(text));
  std::string_view map = take_word(text);
  codec.encoding = take_until(map, '/');
  const auto rate = parse_number<std::uint32_t>(take_until(map, '/'));
  JUNCTOR_ASSERT(number && rate && !codec.encoding.empty());
  codec.payload_type = *number;
  codec.clock_rate = *rate;
  codec.channels = map.empty() ? 1 : parse_number<std::uint32_t>(map).value_or(1);
  codec.fmtp = trim(text);
  return codec;
}

std::string text_of(const Media& media) {
  std::string out = media.type + " " + std::to_string(media.port) + " " + media.protocol;
  for (const Codec& c : media.codecs()) {
    out += " [" + std::to_string(c.payload_type) + " " + c.encoding + "/" +
           std::to_string(c.clock_rate);
    if (c.channels > 1) out += "/" + std::to_string(c.channels);
    out += c.fmtp.empty() ? "]" : " " + c.fmtp + "]";
  }
  for (const Attribute& a : media.attributes) {
    if (a.name == "rtpmap" || a.name == "fmtp") continue;
    out += a.has_value ? " " + a.name + ":" + a.value : " " + a.name;
  }
  return out;
}

}  // namespace

Message message_from_text(std::string_view text) {
  Message message = start_line(take_line(text));
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::string_view name = trim(take_until(line, ':'));
    if (!same_header(name, "Content-Length")) message.add(name, std::string(line));
    if (!message.is_request() && same_header(name, "CSeq")) {
      static_cast<void>(take_word(line));
      message.set_method(std::string(trim(line)));
    }
  }
  if (!text.empty()) {
    message.set_body(std::string(message.get("Content-Type").value_or("")), std::string(text));
  }
  return message;
}

std::string text_of(const Message& message) {
  std::string out =
      message.is_request()
          ? message.method() + " " + message.request_uri() + " SIP/2.0\n"
          : "SIP/2.0 " + std::to_string(message.status()) + " " + message.reason() + "\n";
  for (const Header& h : message.headers()) out += h.name + ": " + h.value + "\n";
  return message.body().empty() ? out : out + "\n" + message.body();
}

Sdp audio_sdp(std::string_view address, std::uint16_t port,
              std::initializer_list<std::string_view> codecs,
              std::initializer_list<std::string_view> attributes) {
  const auto ip = IpAddress::parse(address);
  JUNCTOR_ASSERT(ip.has_value());
  Sdp sdp;
  sdp.origin_id = 1;
  sdp.origin_version = 1;
  sdp.origin_address = *ip;
  sdp.connection = Connection{*ip, std::string(address)};
  Media media;
  media.type = "audio";
  media.port = port;
  media.protocol = "RTP/AVP";
  std::vector<Codec> list;
  for (const std::string_view text : codecs) list.push_back(codec_from_text(text));
  media.set_codecs(list);
  for (std::string_view text : attributes) {
    const bool has_value = text.find(':') != std::string_view::npos;
    const std::string_view name = take_until(text, ':');
    media.attributes.push_back({std::string(name), std::string(text), has_value});
  }
  sdp.media.push_back(std::move(media));
  return sdp;
}

std::string text_of(const Sdp& sdp) {
  std::string out;
  for (const Media& m : sdp.media) out += (out.empty() ? "" : "\n") + text_of(m);
  return out;
}

std::unique_ptr<Plugin> make_plugin(const Descriptor& descriptor,
                                    std::map<std::string, std::string, std::less<>> options) {
  TrunkContext trunk{"test", std::move(options)};
  for (const OptionDesc& o : descriptor.options) {
    trunk.options.try_emplace(std::string(o.name), o.default_value);
  }
  auto made = descriptor.create(trunk);
  JUNCTOR_ASSERT(made.ok());
  return std::move(made).value();
}

}  // namespace junctor::interop
