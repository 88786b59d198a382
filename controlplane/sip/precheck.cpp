// SPDX-License-Identifier: MIT
#include "controlplane/sip/precheck.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "controlplane/sip/messages.hpp"
#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/uri.hpp"

namespace junctor::cp {
namespace {

using interop::Message;

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Fields without which, or with a bad one of which, the request cannot be understood. A bad Date,
// Subject or Warning is none of our business (RFC 3261, 7.3.1 and 16.3).
constexpr std::array<std::string_view, 12> kEssential{
    "Via",     "From",           "To",           "Call-ID", "CSeq",         "Max-Forwards",
    "Contact", "Content-Length", "Content-Type", "Route",   "Record-Route", "Require"};

std::optional<Rejection> bad(std::string_view field) {
  return Rejection{400, "Bad " + std::string(field) + " Header Field", kBadRequest, {}};
}

std::optional<Rejection> check_parsed(const sip_t* sip) {
  for (const sip_error_t* e = sip->sip_error; e != nullptr; e = e->er_next) {
    const auto* header = reinterpret_cast<const sip_header_t*>(e);
    const char* name = header->sh_class == sip_error_class ? e->er_name : header->sh_class->hc_name;
    if (name == nullptr) continue;
    for (std::string_view essential : kEssential) {
      if (interop::same_header(name, essential)) return bad(essential);
    }
  }
  return std::nullopt;
}

std::optional<Rejection> check_once(const Message& request) {
  for (const char* name :
       {"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type"}) {
    if (request.get_all(name).size() > 1) {
      return Rejection{
          400, "More Than One " + std::string(name) + " Header Field", kBadRequest, {}};
    }
  }
  return std::nullopt;
}

// A number written in digits (leading zeros are lawful), below the limit.
bool is_number_below(std::string_view text, std::uint64_t limit) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number < limit;
}

std::optional<Rejection> check_numbers(const sip_t* sip, const Message& request) {
  const std::string cseq = field(request, "CSeq");
  const std::string_view number = std::string_view(cseq).substr(0, cseq.find_first_of(" \t"));
  // Less than 2**31 (RFC 3261, 8.1.1.5).
  if (!is_number_below(number, 1ULL << 31)) return bad("CSeq");
  if (sip->sip_cseq->cs_method_name != request.method()) return bad("CSeq");
  if (const auto hops = request.get("Max-Forwards"); hops && !is_number_below(*hops, 256)) {
    return bad("Max-Forwards");
  }
  if (const auto length = request.get("Content-Length");
      length && !is_number_below(*length, 1ULL << 31)) {
    return bad("Content-Length");
  }
  return std::nullopt;
}

std::optional<Rejection> check_addresses(const Message& request) {
  for (const char* name : {"From", "To"}) {
    const std::string value = field(request, name);
    const std::string_view uri = uri_of(value);
    if (uri.find(':') == std::string_view::npos) return bad(name);
    if (std::count(value.begin(), value.end(), '"') % 2 != 0 &&
        value.find('\\') == std::string::npos) {
      return bad(name);
    }
  }
  if (request.has("Contact")) {
    for (const std::string& contact : split_values(request, "Contact")) {
      // A URI with ? or , must stand in brackets (RFC 3261, 20.10).
      if (contact.find('<') == std::string::npos && contact.find('?') != std::string::npos)
        return bad("Contact");
    }
  }
  return std::nullopt;
}

std::optional<Rejection> check_uri(const Message& request) {
  const std::string& uri = request.request_uri();
  const std::string_view scheme = std::string_view(uri).substr(0, uri.find(':'));
  if (uri.find_first_of("<>\" \t") != std::string::npos)
    return Rejection{400, "Bad Request-URI", kBadRequest, {}};
  if (!same(scheme, "sip") && !same(scheme, "sips") && !same(scheme, "tel")) {
    return Rejection{416, "Unsupported URI Scheme", kBadScheme, {}};
  }
  const auto parsed = Uri::parse(uri);
  // Header fields have no place in it (RFC 3261, 19.1.1).
  if (!parsed || !parsed->headers.empty())
    return Rejection{400, "Bad Request-URI", kBadRequest, {}};
  return std::nullopt;
}

std::optional<Rejection> check_hops(const Message& request) {
  const auto hops = request.get("Max-Forwards");
  if (!hops || !is_number_below(*hops, 1)) return std::nullopt;
  return Rejection{483, "Too Many Hops", kMaxForwards, {}};
}

// We have no extension that bears an option tag (UPDATE and Reason need none, RFC 3311 and 3326), so
// that whatever is required is refused and named (RFC 3261, 8.2.2.3); in CANCEL and ACK it is
// ignored. A B2BUA stands for both: the element that must understand and the proxy that must.
std::optional<Rejection> check_extensions(const Message& request) {
  if (request.method() == "CANCEL" || request.method() == "ACK") return std::nullopt;
  std::string required;
  for (const char* name : {"Require", "Proxy-Require"}) {
    for (const std::string& tag : split_values(request, name)) {
      required += (required.empty() ? "" : ", ") + tag;
    }
  }
  if (required.empty()) return std::nullopt;
  return Rejection{420, "Bad Extension", kBadExtension, required};
}

}  // namespace

std::optional<Rejection> precheck(const sip_t* sip, const Message& request) {
  if (auto refusal = check_parsed(sip)) return refusal;
  if (auto refusal = check_once(request)) return refusal;
  if (auto refusal = check_numbers(sip, request)) return refusal;
  if (auto refusal = check_addresses(request)) return refusal;
  if (auto refusal = check_uri(request)) return refusal;
  if (auto refusal = check_hops(request)) return refusal;
  return check_extensions(request);
}

}  // namespace junctor::cp
