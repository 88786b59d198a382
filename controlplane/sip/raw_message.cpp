// SPDX-License-Identifier: MIT
#include "controlplane/sip/raw_message.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/stack.hpp"

namespace junctor::cp {
namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Takes one logical line off the front, folded ones in one piece, without its end.
std::string_view take_line(std::string_view& text) {
  std::size_t end = text.find('\n');
  while (end != std::string_view::npos && end + 1 < text.size() && end > 1 &&
         (text[end + 1] == ' ' || text[end + 1] == '\t')) {
    end = text.find('\n', end + 1);
  }
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view head_of(std::string_view message) {
  const std::size_t end = message.find("\r\n\r\n");
  return end == std::string_view::npos ? message : message.substr(0, end + 2);
}

// Calls back with each field of that name, as its whole line.
void each_line(std::string_view message, std::string_view name, char compact,
               const std::function<void(std::string_view line, std::string_view value)>& on_line) {
  std::string_view head = head_of(message);
  take_line(head);
  while (!head.empty()) {
    const std::string_view line = take_line(head);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view field = trim(line.substr(0, colon));
    if (same(field, name) || (compact != 0 && field.size() == 1 && (field[0] | 0x20) == compact)) {
      on_line(line, trim(line.substr(colon + 1)));
    }
  }
}

RawVerdict refuse(std::uint16_t status, std::string phrase) {
  return {RawVerdict::Kind::Refuse, status, std::move(phrase)};
}

RawVerdict bad(std::string_view field) {
  return refuse(400, "Bad " + std::string(field) + " Header Field");
}

struct Parts {
  std::string_view method, uri, version;
};
Parts start_line_of(std::string_view message) {
  std::string_view line = trim(take_line(message));
  Parts parts;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  parts.method = line.substr(0, first);
  if (first == std::string_view::npos || last == first) return parts;
  parts.uri = trim(line.substr(first, last - first));
  parts.version = line.substr(last + 1);
  return parts;
}

// "SIP/2.0/UDP host:port;param;param=value": of parameters only that there are some between their
// semicolons.
bool is_sound_via(std::string_view via) {
  via = via.substr(0, via.find(','));
  const std::size_t semicolon = via.find(';');
  std::string_view params =
      semicolon == std::string_view::npos ? std::string_view{} : via.substr(semicolon);
  if (trim(via.substr(0, semicolon)).find_first_of(" \t") == std::string_view::npos) return false;
  while (!params.empty()) {
    params.remove_prefix(1);
    if (trim(params.substr(0, params.find(';'))).empty()) return false;
    params.remove_prefix(std::min(params.find(';'), params.size()));
  }
  return true;
}

// "UDP" of a Via.
std::string_view transport_of(std::string_view via) {
  const std::size_t slash = via.find('/', std::min(via.find('/'), via.size() - 1) + 1);
  if (slash == std::string_view::npos) return {};
  const std::string_view rest = trim(via.substr(slash + 1));
  return rest.substr(0, rest.find_first_of(" \t\r\n"));
}

RawVerdict check_via(std::string_view datagram) {
  const std::string_view via = raw_field(datagram, "via", 'v');
  const std::size_t slash = via.find('/', via.find('/') + 1);
  if (slash == std::string_view::npos || !is_sound_via(via)) return bad("Via");
  // Another transport than it came by is put right by fix_via(), if it is as long.
  return transport_of(via).size() == 3 ? RawVerdict{} : bad("Via");
}

// Sofia drops without a word what it cannot read the request line of.
RawVerdict check_start(const Parts& start) {
  constexpr std::string_view kUsual =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@:;=.+-_%[]~*#&";
  const std::string method(start.method);
  const bool is_known = sip_method_code(method.c_str()) > sip_method_unknown;
  if (is_known && start.uri.find_first_not_of(kUsual) == std::string_view::npos) return {};
  su_home_t home[1] = {SU_HOME_INIT(home)};
  const std::string line = method + ' ' + std::string(start.uri) + " SIP/2.0";
  const bool is_readable = sip_request_make(home, line.c_str()) != nullptr;
  su_home_deinit(home);
  if (is_readable) return {};
  return is_known ? refuse(400, "Bad Request-URI") : refuse(501, "Not Implemented");
}

RawVerdict check_lengths(std::string_view datagram) {
  const std::string_view value = raw_field(datagram, "content-length", 'l');
  if (value.empty()) return {};
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc{} || end != value.data() + value.size()) return bad("Content-Length");
  const std::size_t head = datagram.find("\r\n\r\n");
  // A datagram ends where it ends (RFC 3261, 18.3).
  if (head != std::string_view::npos && length > datagram.size() - head - 4)
    return bad("Content-Length");
  return {};
}

RawVerdict check_cseq(std::string_view datagram, std::string_view method) {
  const std::string_view cseq = raw_field(datagram, "cseq", 0);
  const std::size_t space = cseq.find_last_of(" \t\n");
  if (space == std::string_view::npos || cseq.substr(space + 1) != method) return bad("CSeq");
  return {};
}

std::optional<std::uint16_t> number(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data() || value == 0) return std::nullopt;
  return value;
}

}  // namespace

std::string_view raw_field(std::string_view message, std::string_view name, char compact) {
  std::string_view found;
  bool is_first = true;
  each_line(message, name, compact, [&](std::string_view, std::string_view value) {
    if (std::exchange(is_first, false)) found = value;
  });
  return found;
}

bool raw_is_response(std::string_view message) { return message.starts_with("SIP/"); }
bool raw_is_ack(std::string_view message) { return message.starts_with("ACK "); }

RawVerdict raw_check(std::string_view message) {
  if (raw_is_response(message)) return {};
  const Parts start = start_line_of(message);
  if (start.version.size() != 7 || !same(start.version.substr(0, 4), "SIP/")) {
    return {RawVerdict::Kind::Drop, 0, {}};
  }
  if (!same(start.version, "SIP/2.0")) return refuse(505, "Version Not Supported");
  const bool has_scheme = start.uri.find(':') != std::string_view::npos;
  if (!has_scheme || start.uri.find_first_of(" \t<>\"") != std::string_view::npos) {
    return refuse(400, "Bad Request-URI");
  }
  constexpr std::pair<std::string_view, char> kNeeded[] = {
      {"Via", 'v'}, {"From", 'f'}, {"To", 't'}, {"Call-ID", 'i'}, {"CSeq", '\0'}};
  for (const auto& [name, compact] : kNeeded) {
    if (raw_field(message, name, compact).empty()) {
      return refuse(400, "Missing " + std::string(name) + " Header Field");
    }
  }
  if (auto verdict = check_via(message); verdict.status != 0) return verdict;
  if (auto verdict = check_lengths(message); verdict.status != 0) return verdict;
  if (auto verdict = check_cseq(message, start.method); verdict.status != 0) return verdict;
  return check_start(start);
}

void fix_via(char* message, std::size_t size, std::string_view transport) {
  const std::string_view text(message, size);
  if (raw_is_response(text)) return;
  const std::string_view via = raw_field(text, "via", 'v');
  if (via.empty()) return;
  const std::string_view named = transport_of(via);
  if (named.size() == transport.size() && named != transport) {
    std::copy(transport.begin(), transport.end(), message + (named.data() - text.data()));
  }
}

std::string raw_answer(std::string_view request, const SocketAddress& source, std::uint16_t status,
                       std::string_view phrase, std::string_view server) {
  std::string text = "SIP/2.0 " + std::to_string(status) + ' ';
  text += phrase;
  text += "\r\n";
  bool is_top = true;
  each_line(request, "via", 'v', [&](std::string_view, std::string_view value) {
    text += "Via: ";
    // The mark goes to the first value of the line, behind its parameters.
    const std::size_t comma = is_top ? std::min(value.find(','), value.size()) : value.size();
    text += value.substr(0, comma);
    if (std::exchange(is_top, false)) text += ";received=" + source.ip.text();
    text += value.substr(comma);
    text += "\r\n";
  });
  for (const auto& [name, compact] : {std::pair<std::string_view, char>{"From", 'f'},
                                      {"To", 't'},
                                      {"Call-ID", 'i'},
                                      {"CSeq", '\0'}}) {
    const std::string_view value = raw_field(request, name, compact);
    if (value.empty()) continue;
    ((text += name) += ": ") += value;
    if (name == "To" && tag_of(value).empty()) text += ";tag=" + make_token();
    text += "\r\n";
  }
  return (((text += "Server: ") += server) += "\r\nContent-Length: 0\r\n\r\n");
}

SocketAddress raw_answer_to(std::string_view request, const SocketAddress& source) {
  std::string_view via = raw_field(request, "via", 'v');
  via = via.substr(0, via.find(','));
  const std::size_t semicolon = via.find(';');
  const std::string_view params =
      semicolon == std::string_view::npos ? std::string_view{} : via.substr(semicolon);
  if (params.find(";rport") != std::string_view::npos) return source;
  const std::string_view sent_by = trim(via.substr(0, semicolon));
  const std::size_t colon = sent_by.rfind(':');
  const std::size_t bracket = sent_by.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return {source.ip,
          has_port ? number(trim(sent_by.substr(colon + 1))).value_or(5060) : std::uint16_t{5060}};
}

}  // namespace junctor::cp
