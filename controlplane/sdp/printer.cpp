// SPDX-License-Identifier: MIT
#include <algorithm>

#include "controlplane/sdp/parser.hpp"

namespace junctor::cp {
namespace {

using interop::Attribute;
using interop::Connection;
using interop::Media;
using interop::Sdp;

class Printer {
 public:
  // "a=" and the parts; a control character becomes a blank.
  template <typename... Parts>
  void line(char letter, const Parts&... parts) {
    out_ += letter;
    out_ += '=';
    const std::size_t start = out_.size();
    (out_.append(parts), ...);
    const auto is_control = [](char c) {
      const auto u = static_cast<unsigned char>(c);
      return u < 0x20 || u == 0x7f;
    };
    std::replace_if(out_.begin() + static_cast<std::ptrdiff_t>(start), out_.end(), is_control, ' ');
    out_ += "\r\n";
  }
  void attributes(const std::vector<Attribute>& list) {
    for (const Attribute& a : list) {
      if (a.has_value) {
        line('a', a.name, ":", a.value);
      } else {
        line('a', a.name);
      }
    }
  }
  // Lines of the session that are kept as they came, of those letters.
  void others(const Sdp& sdp, std::string_view letters) {
    for (const std::string& other : sdp.other_lines) {
      if (other.size() < 2 || other[1] != '=') continue;
      if (letters.find(other[0]) != std::string_view::npos) line(other[0], other.substr(2));
    }
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// "IN IP4 192.0.2.1"; a name stands in for no address.
std::string network_address(const IpAddress& address, const std::string& host) {
  if (!address) return "IN IP4 " + (host.empty() ? std::string("0.0.0.0") : host);
  return (address.is_v6() ? "IN IP6 " : "IN IP4 ") + address.text();
}

std::string connection_text(const Connection& c) {
  std::string text = network_address(c.address, c.host);
  const auto slash = c.host.find('/');
  if (c.address && c.address.is_multicast() && slash != std::string::npos)
    text += c.host.substr(slash);
  return text;
}

void print_media(Printer& p, const Media& m) {
  std::string value = m.type + " " + std::to_string(m.port);
  if (m.port_count > 1) value += "/" + std::to_string(m.port_count);
  value += " " + m.protocol;
  for (const std::string& format : m.formats) value += " " + format;
  p.line('m', value);
  if (m.title) p.line('i', *m.title);
  if (m.connection) p.line('c', connection_text(*m.connection));
  for (const std::string& b : m.bandwidths) p.line('b', b);
  p.attributes(m.attributes);
}

}  // namespace

std::string print_sdp(const Sdp& sdp) {
  Printer p;
  p.line('v', "0");
  p.line('o', sdp.origin_user.empty() ? "-" : sdp.origin_user, " ", std::to_string(sdp.origin_id),
         " ", std::to_string(sdp.origin_version), " ",
         network_address(sdp.origin_address, sdp.origin_host));
  p.line('s', sdp.name.empty() ? "-" : sdp.name);
  p.others(sdp, "iuep");
  if (sdp.connection) p.line('c', connection_text(*sdp.connection));
  for (const std::string& b : sdp.bandwidths) p.line('b', b);
  for (const std::string& t : sdp.times) p.line('t', t);
  if (sdp.times.empty()) p.line('t', "0 0");
  p.others(sdp, "rzk");
  p.attributes(sdp.attributes);
  for (const Media& m : sdp.media) print_media(p, m);
  return p.take();
}

}  // namespace junctor::cp
