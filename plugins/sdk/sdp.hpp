// SPDX-License-Identifier: MIT
// Sdp: a session description (RFC 8866, RFC 4566) as a value: everything that was there, in order,
// and handy access to what a gateway works with. Parsing and printing are controlplane/sdp's.
//
// Threads   a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/address.hpp"

namespace junctor::interop {

// Of the media, as seen by who wrote the description (RFC 3264, section 5.1).
enum class Direction : std::uint8_t { SendRecv, SendOnly, RecvOnly, Inactive };
std::string_view direction_name(Direction direction);  // "sendrecv"

// a=name or a=name:value.
struct Attribute {
  std::string name;
  std::string value;
  bool has_value = false;
};

// c=. A host name (allowed by the grammar) leaves address empty and stands in host.
struct Connection {
  IpAddress address;
  std::string host;  // as written
};

// One format of an RTP media: payload type with its rtpmap and fmtp. Static payload types without
// rtpmap have the values of RFC 3551, table 4.
struct Codec {
  std::uint8_t payload_type = 0;  // 0..127
  std::string encoding;           // "PCMU"; as written
  std::uint32_t clock_rate = 0;   // Hz
  std::uint32_t channels = 1;
  std::string fmtp;  // "" if none

  // Same encoding (without regard to case), rate and channels. fmtp is not compared.
  bool same_format(const Codec& other) const;
};

struct Media {
  std::string type;        // "audio", "image", "video", ...
  std::uint16_t port = 0;  // 0: refused or disabled
  std::uint16_t port_count = 1;
  std::string protocol;              // "RTP/AVP", "RTP/SAVP", "udptl", ...
  std::vector<std::string> formats;  // as in the m= line
  std::optional<std::string> title;  // i=
  std::optional<Connection> connection;
  std::vector<std::string> bandwidths;  // "AS:64"
  std::vector<Attribute> attributes;    // all, in order, rtpmap and fmtp among them

  bool is_audio_rtp() const;  // audio over RTP/AVP or RTP/AVPF
  // The attribute's value, "" for a flag; nothing if it is not there.
  std::optional<std::string_view> attribute(std::string_view name) const;
  void set_attribute(std::string_view name, std::string value);
  void set_flag(std::string_view name);
  std::size_t remove_attribute(std::string_view name);

  // Formats of RTP media in order, duplicates and unusable ones (no rtpmap and no static meaning)
  // left out.
  std::vector<Codec> codecs() const;
  // Replaces formats, rtpmap and fmtp attributes.
  void set_codecs(const std::vector<Codec>& codecs);
};

struct Sdp {
  std::string origin_user = "-";
  std::uint64_t origin_id = 0;
  std::uint64_t origin_version = 0;
  IpAddress origin_address;
  std::string origin_host;  // as written, where the address is none
  std::string name = "-";   // s=
  std::optional<Connection> connection;
  std::vector<std::string> bandwidths;
  std::vector<std::string> times{"0 0"};  // t= values
  std::vector<std::string>
      other_lines;  // i=, u=, e=, p=, r=, z=, k= of the session: "i=..."; kept, never acted on
  std::vector<Attribute> attributes;
  std::vector<Media> media;

  // The first audio over RTP/AVP with a port, or nullptr.
  const Media* audio() const;
  Media* audio();
  // Media level first, then session level, then sendrecv (RFC 3264, section 5.1).
  Direction direction(const Media& of) const;
  void set_direction(Media& of, Direction direction);
  // Where RTP of the media is received: media level first, then session level.
  std::optional<SocketAddress> rtp_address(const Media& of) const;
  // a=rtcp (RFC 3605), else RTP port + 1.
  std::optional<SocketAddress> rtcp_address(const Media& of) const;
  // c=0.0.0.0 (RFC 2543 hold) or ::.
  bool has_null_address(const Media& of) const;
};

}  // namespace junctor::interop
