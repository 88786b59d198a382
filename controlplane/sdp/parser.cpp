// SPDX-License-Identifier: MIT
#include "controlplane/sdp/parser.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "plugins/sdk/text.hpp"

namespace junctor::cp {
namespace {

using interop::Connection;
using interop::Media;
using interop::parse_number;
using interop::Sdp;
using interop::take_until;
using interop::take_word;
using interop::trim;

constexpr std::size_t kMaxHost = 255;
constexpr std::size_t kMaxToken = 64;

bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u < 0x20 || u == 0x7f;
}

// A word of the grammar: visible ASCII.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Ids of o= should be numbers of 64 bits. Some products write longer ones, or words: those become a
// hash, since all that is asked of them is to differ where the text differs (FNV-1a).
std::uint64_t read_id(std::string_view text) {
  if (const auto n = parse_number<std::uint64_t>(text)) return *n;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

class SdpReader {
 public:
  SdpResult read(std::string_view text);

 private:
  // Each returns an empty view, or what is wrong with its line.
  using Fault = std::string_view;
  using Handler = Fault (SdpReader::*)(std::string_view value);
  static Handler handler_of(char letter);

  Fault read_line(std::string_view line);
  Fault on_version(std::string_view value);
  Fault on_origin(std::string_view value);
  Fault on_name(std::string_view value);
  Fault on_other(std::string_view value);
  Fault on_connection(std::string_view value);
  Fault on_bandwidth(std::string_view value);
  Fault on_time(std::string_view value);
  Fault on_attribute(std::string_view value);
  Fault on_media(std::string_view value);

  Media* media() { return sdp_.media.empty() ? nullptr : &sdp_.media.back(); }

  Sdp sdp_;
  char letter_ = 0;
  bool has_version_ = false;
  bool has_origin_ = false;
  bool has_time_ = false;
};

SdpResult SdpReader::read(std::string_view text) {
  // Some products end their body with blanks or octets of zero.
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  if (text.size() > kMaxSdpBytes) return SdpError{0, "is longer than 64 KiB"};
  int number = 0;
  while (!text.empty()) {
    ++number;
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Fault fault = read_line(line);
    if (!fault.empty()) return SdpError{number, std::string(fault)};
  }
  if (!has_version_) return SdpError{0, "is empty"};
  if (!has_origin_) return SdpError{0, "has no o= line"};
  return std::move(sdp_);
}

SdpReader::Fault SdpReader::read_line(std::string_view line) {
  if (line.size() > kMaxSdpLineBytes) return "line is longer than 4 KiB";
  const auto is_forbidden = [](char c) { return is_control(c) && c != '\t'; };
  if (std::any_of(line.begin(), line.end(), is_forbidden)) return "line has control characters";
  std::string without_tabs;
  if (line.find('\t') != std::string_view::npos) {
    without_tabs = line;
    std::replace(without_tabs.begin(), without_tabs.end(), '\t', ' ');
    line = without_tabs;
  }
  line = trim(line);
  if (line.empty()) return {};
  if (line.size() < 2 || line[1] != '=') return "line is not of the form letter=value";
  letter_ = line[0];
  const Handler handler = handler_of(letter_);
  if (handler == nullptr) return "line has an unknown letter";
  if (!has_version_ && letter_ != 'v') return "description does not begin with v=";
  return (this->*handler)(trim(line.substr(2)));
}

SdpReader::Handler SdpReader::handler_of(char letter) {
  switch (letter) {
    case 'v':
      return &SdpReader::on_version;
    case 'o':
      return &SdpReader::on_origin;
    case 's':
      return &SdpReader::on_name;
    case 'c':
      return &SdpReader::on_connection;
    case 'b':
      return &SdpReader::on_bandwidth;
    case 't':
      return &SdpReader::on_time;
    case 'a':
      return &SdpReader::on_attribute;
    case 'm':
      return &SdpReader::on_media;
    case 'i':
    case 'u':
    case 'e':
    case 'p':
    case 'r':
    case 'z':
    case 'k':
      return &SdpReader::on_other;
    default:
      return nullptr;
  }
}

SdpReader::Fault SdpReader::on_version(std::string_view value) {
  if (has_version_) return "v= is there twice";
  if (value != "0") return "v= is not 0";
  has_version_ = true;
  return {};
}

// o=<user> <id> <version> IN IP4|IP6 <address>. Read from its end: the user of some products has
// blanks.
SdpReader::Fault SdpReader::on_origin(std::string_view value) {
  if (has_origin_) return "o= is there twice";
  constexpr std::size_t kWordsAfterUser = 5;
  std::string_view words[kWordsAfterUser];
  for (std::size_t i = kWordsAfterUser; i-- > 0;) {
    const auto blank = value.find_last_of(' ');
    if (blank == std::string_view::npos) return "o= has fewer than six words";
    words[i] = value.substr(blank + 1);
    value = trim(value.substr(0, blank));
  }
  const auto& [id, version, net_type, address_type, host] = words;
  if (value.empty()) return "o= has fewer than six words";
  if (!is_token(net_type) || !is_token(address_type)) return "o= has no network type";
  if (host.size() > kMaxHost) return "o= has too long a host";
  sdp_.origin_user = value;
  sdp_.origin_id = read_id(id);
  sdp_.origin_version = read_id(version);
  sdp_.origin_address = IpAddress::parse(host).value_or(IpAddress{});
  sdp_.origin_host = host;
  has_origin_ = true;
  return {};
}

SdpReader::Fault SdpReader::on_name(std::string_view value) {
  sdp_.name = value;
  return {};
}

SdpReader::Fault SdpReader::on_other(std::string_view value) {
  if (Media* m = media()) {
    if (letter_ == 'i') m->title = value;
    return {};  // k= and misplaced lines of the session say nothing that is used
  }
  if (sdp_.other_lines.size() >= kMaxSdpOtherLines) return "description has too many lines";
  sdp_.other_lines.push_back(std::string(1, letter_) + "=" + std::string(value));
  return {};
}

// c=IN IP4 192.0.2.1, c=IN IP4 224.2.1.1/127/3, c=IN IP6 ff15::101/3, c=IN IP4 host.example.com.
SdpReader::Fault SdpReader::on_connection(std::string_view value) {
  if (!interop::same_text(take_word(value), "IN")) return "c= is not of network type IN";
  const std::string_view type = take_word(value);
  if (!interop::same_text(type, "IP4") && !interop::same_text(type, "IP6")) {
    return "c= is neither IP4 nor IP6";
  }
  const std::string_view host = take_word(value);
  if (host.empty() || host.size() > kMaxHost) return "c= has no address";
  std::string_view suffix = host;
  const std::string_view address = take_until(suffix, '/');
  while (!suffix.empty()) {
    if (!parse_number<std::uint16_t>(take_until(suffix, '/'))) return "c= has a bad TTL or count";
  }
  Connection c{IpAddress::parse(address).value_or(IpAddress{}), std::string(host)};
  // A name has a letter in its last label and no colon; the rest was meant as an address.
  if (!c.address && address.find_first_not_of("0123456789.:") == std::string_view::npos) {
    return "c= has an address that is none";
  }
  Media* const m = media();
  auto& place = m != nullptr ? m->connection : sdp_.connection;
  if (!place) place = std::move(c);  // more of them are layers of a multicast
  return {};
}

SdpReader::Fault SdpReader::on_bandwidth(std::string_view value) {
  Media* const m = media();
  auto& list = m != nullptr ? m->bandwidths : sdp_.bandwidths;
  if (list.size() >= kMaxSdpOtherLines) return "description has too many b= lines";
  list.emplace_back(value);
  return {};
}

SdpReader::Fault SdpReader::on_time(std::string_view value) {
  if (!std::exchange(has_time_, true)) sdp_.times.clear();
  if (sdp_.times.size() >= kMaxSdpOtherLines) return "description has too many t= lines";
  sdp_.times.emplace_back(value);
  return {};
}

SdpReader::Fault SdpReader::on_attribute(std::string_view value) {
  Media* const m = media();
  auto& list = m != nullptr ? m->attributes : sdp_.attributes;
  if (list.size() >= kMaxSdpAttributes) return "description has too many attributes";
  const bool has_value = value.find(':') != std::string_view::npos;
  const std::string_view name = trim(take_until(value, ':'));
  if (name.empty()) return "a= has no name";
  list.push_back({std::string(name), std::string(trim(value)), has_value});
  return {};
}

// m=<type> <port>[/<count>] <protocol> <format> ...
SdpReader::Fault SdpReader::on_media(std::string_view value) {
  if (sdp_.media.size() >= kMaxSdpMedia) return "description has too many media";
  Media m;
  m.type = take_word(value);
  std::string_view count = take_word(value);
  const bool has_count = count.find('/') != std::string_view::npos;
  const auto port = parse_number<std::uint16_t>(take_until(count, '/'));
  const auto ports = has_count ? parse_number<std::uint16_t>(count) : std::uint16_t{1};
  m.protocol = take_word(value);
  if (!is_token(m.type)) return "m= has no media type";
  if (!port) return "m= has no port of 0 to 65535";
  if (!ports || *ports == 0) return "m= has a bad count of ports";
  if (!is_token(m.protocol)) return "m= has no protocol";
  m.port = *port;
  m.port_count = *ports;
  for (auto format = take_word(value); !format.empty(); format = take_word(value)) {
    if (!is_token(format)) return "m= has a bad format";
    if (m.formats.size() >= kMaxSdpFormats) return "m= has too many formats";
    m.formats.emplace_back(format);
  }
  sdp_.media.push_back(std::move(m));
  return {};
}

}  // namespace

SdpResult parse_sdp(std::string_view text) { return SdpReader{}.read(text); }

}  // namespace junctor::cp
