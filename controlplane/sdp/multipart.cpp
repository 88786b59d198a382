// SPDX-License-Identifier: MIT
#include "controlplane/sdp/multipart.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "controlplane/sdp/parser.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {
namespace {

using interop::Header;
using interop::same_header;
using interop::same_text;
using interop::take_until;
using interop::trim;

constexpr std::size_t kMaxBoundary = 70;  // RFC 2046, section 5.1.1
constexpr std::size_t kMaxPartHeaderBytes = 4096;

// Type without parameters: "application/sdp".
std::string_view bare_type(std::string_view header_value) {
  return trim(take_until(header_value, ';'));
}

// Takes one quoted or bare value off the front, up to the next ';' that is not within quotes.
std::string take_parameter_value(std::string_view& rest) {
  rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (!rest.starts_with('"')) return std::string(trim(take_until(rest, ';')));
  std::string value;
  std::size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    value += rest[i];
  }
  rest = rest.substr(std::min(i + 1, rest.size()));
  static_cast<void>(take_until(rest, ';'));
  return value;
}

// One line and the length of its end (CRLF, or LF alone) taken off the front.
std::string_view take_line(std::string_view& rest) {
  std::string_view line = take_until(rest, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Header fields up to the empty line; what is left of text is the body.
std::optional<MultipartError> read_headers(std::string_view text, Part& part) {
  while (true) {
    if (text.empty()) {
      part.body = {};
      return std::nullopt;
    }
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    if (line.size() > kMaxPartHeaderBytes) return MultipartError{"a part has too long a header"};
    if (line[0] == ' ' || line[0] == '\t') {  // folded
      if (part.headers.empty()) return MultipartError{"a part begins with a folded line"};
      std::string& value = part.headers.back().value;
      if (value.size() + line.size() > kMaxPartHeaderBytes) {
        return MultipartError{"a part has too long a header"};
      }
      value += " " + std::string(trim(line));
      continue;
    }
    if (part.headers.size() >= kMaxPartHeaders)
      return MultipartError{"a part has too many headers"};
    const auto colon = line.find(':');
    const std::string_view name = trim(line.substr(0, colon));
    if (colon == std::string_view::npos || name.empty()) {
      return MultipartError{"a part has a header without a name"};
    }
    part.headers.push_back({std::string(name), std::string(trim(line.substr(colon + 1)))});
  }
  part.body = text;
  return std::nullopt;
}

// A delimiter line: its place, where the text after it begins, and whether it is the last.
struct Delimiter {
  std::size_t at = std::string_view::npos;  // of the line end before it, which belongs to it
  std::size_t after = 0;
  bool is_last = false;
};

// RFC 2046, section 5.1.1: at the start of a line, "--" boundary ["--"], blanks, line end.
Delimiter find_delimiter(std::string_view body, std::size_t from, std::string_view mark) {
  for (std::size_t at = body.find(mark, from); at != std::string_view::npos;
       at = body.find(mark, at + 1)) {
    if (at != 0 && body[at - 1] != '\n') continue;
    Delimiter d;
    std::size_t i = at + mark.size();
    d.is_last = body.substr(i).starts_with("--");
    if (d.is_last) i += 2;
    while (i < body.size() && (body[i] == ' ' || body[i] == '\t')) ++i;
    const std::string_view rest = body.substr(i);
    if (!rest.empty() && !rest.starts_with('\n') && !rest.starts_with("\r\n")) continue;
    d.after = rest.empty() ? i : i + (rest[0] == '\r' ? 2 : 1);
    d.at = at;
    if (d.at > from && body[d.at - 1] == '\n') --d.at;
    if (d.at > from && body[d.at - 1] == '\r') --d.at;
    return d;
  }
  return {};
}

}  // namespace

std::string_view Part::header(std::string_view name) const {
  for (const Header& h : headers) {
    if (same_header(h.name, name)) return h.value;
  }
  return {};
}

std::string parameter(std::string_view header_value, std::string_view name) {
  static_cast<void>(take_until(header_value, ';'));
  while (!header_value.empty()) {
    const auto end = header_value.find_first_of("=;");
    if (end == std::string_view::npos) break;
    const std::string_view key = trim(header_value.substr(0, end));
    const bool has_value = header_value[end] == '=';
    header_value.remove_prefix(end + 1);
    if (!has_value) continue;
    std::string value = take_parameter_value(header_value);
    if (same_text(key, name)) return value;
  }
  return {};
}

std::variant<std::vector<Part>, MultipartError> parse_multipart(std::string_view content_type,
                                                                std::string_view body) {
  const std::string boundary = parameter(content_type, "boundary");
  if (boundary.empty()) return MultipartError{"multipart body has no boundary"};
  if (boundary.size() > kMaxBoundary) return MultipartError{"boundary is longer than 70"};
  const std::string mark = "--" + boundary;

  std::vector<Part> parts;
  Delimiter start = find_delimiter(body, 0, mark);
  if (start.at == std::string_view::npos) return MultipartError{"boundary is not in the body"};
  while (!start.is_last) {
    const Delimiter end = find_delimiter(body, start.after, mark);
    // Without its last delimiter a body may have been cut; what came cannot be trusted to be whole.
    if (end.at == std::string_view::npos) return MultipartError{"last boundary is missing"};
    if (parts.size() >= kMaxParts) return MultipartError{"body has too many parts"};
    Part part;
    const std::size_t stop = std::max(end.at, start.after);
    if (auto error = read_headers(body.substr(start.after, stop - start.after), part))
      return *error;
    parts.push_back(std::move(part));
    start = end;
  }
  if (parts.empty()) return MultipartError{"body has no part"};
  return parts;
}

namespace {

constexpr std::uint16_t kBadRequest = 400;
constexpr std::uint16_t kUnsupportedMediaType = 415;

// The header fields that say what a body is.
struct Kind {
  std::string_view type;
  std::string_view disposition;
  std::string_view encoding;           // Content-Encoding
  std::string_view transfer_encoding;  // Content-Transfer-Encoding
};

// RFC 5621, section 5 and RFC 3261, section 20.11: required unless it says otherwise. Parts beside
// the description are taken as optional unless they say that they are required: many products leave
// it out.
bool is_required(const Kind& k, bool by_default) {
  const std::string handling = parameter(k.disposition, "handling");
  return handling.empty() ? by_default : same_text(handling, "required");
}

bool is_plain(const Kind& k) {
  const auto is_one_of = [](std::string_view text, std::initializer_list<std::string_view> list) {
    return text.empty() || std::any_of(list.begin(), list.end(),
                                       [text](std::string_view x) { return same_text(text, x); });
  };
  return is_one_of(k.encoding, {"identity"}) &&
         is_one_of(k.transfer_encoding, {"7bit", "8bit", "binary"});
}

// A description of something else than this session, such as early-session (RFC 3959).
bool is_session(const Kind& k) {
  const std::string_view type = bare_type(k.disposition);
  return type.empty() || same_text(type, "session");
}

FoundSdp find_in(const Kind& kind, std::string_view body, std::size_t depth, bool required);

FoundSdp find_in_parts(const Kind& kind, std::string_view body, std::size_t depth) {
  if (depth >= kMaxMultipartDepth) return {{}, kBadRequest, "body is nested too deep"};
  auto parsed = parse_multipart(kind.type, body);
  if (const auto* error = std::get_if<MultipartError>(&parsed)) {
    return {{}, kBadRequest, error->reason};
  }
  const bool takes_last = same_text(bare_type(kind.type), "multipart/alternative");
  FoundSdp found;
  for (const Part& part : std::get<std::vector<Part>>(parsed)) {
    const Kind inner{part.header("Content-Type"), part.header("Content-Disposition"),
                     part.header("Content-Encoding"), part.header("Content-Transfer-Encoding")};
    // Of alternatives one is enough (RFC 2046, section 5.1.4); the others may be anything.
    FoundSdp here = find_in(inner, part.body, depth + 1, false);
    if (here.status == kBadRequest || (here.status != 0 && !takes_last)) return here;
    if (!here.text.empty() && (found.text.empty() || takes_last)) found = std::move(here);
  }
  return found;
}

FoundSdp find_in(const Kind& kind, std::string_view body, std::size_t depth, bool required) {
  const std::string_view type = bare_type(kind.type);
  const bool is_multipart = interop::to_lower(type).starts_with("multipart/");
  const bool is_sdp = same_text(type, "application/sdp");
  if (is_multipart && is_plain(kind)) return find_in_parts(kind, body, depth);
  if (is_sdp && is_session(kind)) {
    if (!is_plain(kind)) return {{}, kUnsupportedMediaType, "description is encoded"};
    if (trim(body).empty()) return {{}, kBadRequest, "description is empty"};
    return {body, 0, {}};
  }
  if (is_required(kind, required)) {
    return {
        {}, kUnsupportedMediaType, "body of type '" + std::string(type) + "' is not understood"};
  }
  return {};
}

}  // namespace

FoundSdp find_sdp(const interop::Message& message) {
  if (message.body().empty()) return {};
  const Kind kind{message.get("Content-Type").value_or(""),
                  message.get("Content-Disposition").value_or(""),
                  message.get("Content-Encoding").value_or(""),
                  message.get("Content-Transfer-Encoding").value_or("")};
  if (kind.type.empty()) return {{}, kBadRequest, "body has no Content-Type"};
  return find_in(kind, message.body(), 0, true);
}

}  // namespace junctor::cp
