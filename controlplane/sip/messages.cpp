// SPDX-License-Identifier: MIT
#include "controlplane/sip/messages.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace junctor::cp {
namespace {

using interop::Header;
using interop::Message;

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// A folded value on one line (RFC 3261, 7.3.1).
std::string unfold(std::string_view raw) {
  raw = trim(raw);
  if (raw.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) {
    return std::string(raw);
  }
  std::string value;
  value.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '\r' || c == '\n') {
      while (i + 1 < raw.size() && kSpace.find(raw[i + 1]) != std::string_view::npos) ++i;
      while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.pop_back();
      value += ' ';
    } else {
      value += c == '\0' ? ' ' : c;
    }
  }
  return value;
}

void add_field(Message& message, std::string_view raw) {
  const std::size_t colon = raw.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = trim(raw.substr(0, colon));
  if (!name.empty()) message.add(name, unfold(raw.substr(colon + 1)));
}

// One that the transaction layer changed (received and rport on Via) is printed anew.
void add_printed(Message& message, const msg_header_t* header) {
  char buffer[1024];
  const issize_t size = msg_header_e(buffer, sizeof buffer, header, 0);
  if (size < 0) return;
  if (static_cast<std::size_t>(size) < sizeof buffer) {
    add_field(message, {buffer, static_cast<std::size_t>(size)});
    return;
  }
  std::string large(static_cast<std::size_t>(size) + 1, '\0');
  msg_header_e(large.data(), static_cast<isize_t>(large.size()), header, 0);
  large.pop_back();
  add_field(message, large);
}

std::string_view raw_of(const msg_header_t* header) {
  const msg_common_t& common = *header->sh_common;
  if (common.h_data == nullptr) return {};
  return {static_cast<const char*>(common.h_data), common.h_len};
}

// As it stands in the request line, whatever it is.
std::string request_uri_of(su_home_t* home, const sip_request_t& request) {
  const std::string_view line = trim(raw_of(reinterpret_cast<const msg_header_t*>(&request)));
  const std::size_t first = line.find_first_of(" \t");
  const std::size_t last = line.find_last_of(" \t");
  if (first != std::string_view::npos && last > first) {
    return std::string(trim(line.substr(first, last - first)));
  }
  char* text = url_as_string(home, request.rq_url);
  return text == nullptr ? std::string() : std::string(text);
}

// The fields that nta reads, and how Sofia calls them.
struct Known {
  std::string_view name;
  char compact;
  msg_hclass_t* hclass;
  bool many;
};
const Known kKnown[] = {
    {"Via", 'v', sip_via_class, true},   {"From", 'f', sip_from_class, false},
    {"To", 't', sip_to_class, false},    {"Call-ID", 'i', sip_call_id_class, false},
    {"CSeq", 0, sip_cseq_class, false},  {"Max-Forwards", 0, sip_max_forwards_class, false},
    {"Route", 0, sip_route_class, true},
};

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

const Known* find_known(std::string_view name) {
  for (const Known& known : kKnown) {
    if (same(name, known.name)) return &known;
    if (name.size() == 1 && known.compact != 0 && (name[0] | 0x20) == known.compact) return &known;
  }
  return nullptr;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "-.!%*_+`'~";
  if (text.empty()) return false;
  for (const char c : text) {
    const bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (!alnum && kMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool insert(msg_t* msg, void* header) {
  return header != nullptr &&
         msg_header_insert(msg, nullptr, static_cast<msg_header_t*>(header)) == 0;
}

// A Via that is inserted goes before those that are there: the last one first.
bool insert_vias(const Message& message, msg_t* msg) {
  const std::vector<std::string_view> vias = message.get_all("Via");
  return std::all_of(vias.rbegin(), vias.rend(), [msg](std::string_view via) {
    return insert(msg, sip_via_make(msg_home(msg), std::string(via).c_str()));
  });
}

bool insert_unknown(msg_t* msg, const Header& header) {
  auto* unknown =
      reinterpret_cast<sip_unknown_t*>(msg_header_alloc(msg_home(msg), sip_unknown_class, 0));
  if (unknown == nullptr) return false;
  unknown->un_name =
      su_strndup(msg_home(msg), header.name.data(), static_cast<isize_t>(header.name.size()));
  unknown->un_value =
      su_strndup(msg_home(msg), header.value.data(), static_cast<isize_t>(header.value.size()));
  return unknown->un_name != nullptr && unknown->un_value != nullptr && insert(msg, unknown);
}

bool insert_start_line(const Message& message, msg_t* msg) {
  su_home_t* home = msg_home(msg);
  if (!message.is_request()) {
    if (!is_one_line(message.reason()) || message.status() < 100 || message.status() > 699)
      return false;
    return insert(msg, sip_status_create(home, message.status(),
                                         su_strdup(home, message.reason().c_str()), nullptr));
  }
  // Sofia takes an empty string for a url_t.
  if (!is_token(message.method()) || message.request_uri().empty() ||
      !is_one_line(message.request_uri()) ||
      message.request_uri().find_first_of(" \t<>\"") != std::string::npos) {
    return false;
  }
  const char* uri = su_strdup(home, message.request_uri().c_str());
  const char* name = su_strdup(home, message.method().c_str());
  return insert(msg, sip_request_create(home, sip_method_code(name), name,
                                        reinterpret_cast<const url_string_t*>(uri), nullptr));
}

}  // namespace

Message from_sofia(const msg_t* msg, const sip_t* sip) {
  Message message;
  if (sip->sip_request != nullptr) {
    message = Message::request(sip->sip_request->rq_method_name,
                               request_uri_of(msg_home(msg), *sip->sip_request));
  } else {
    const char* phrase = sip->sip_status->st_phrase;
    message = Message::response(static_cast<std::uint16_t>(sip->sip_status->st_status),
                                phrase == nullptr ? "" : phrase);
    if (sip->sip_cseq != nullptr) message.set_method(sip->sip_cseq->cs_method_name);
  }
  const auto* first = reinterpret_cast<const msg_header_t*>(
      sip->sip_request != nullptr ? static_cast<const void*>(sip->sip_request) : sip->sip_status);
  const auto* separator = reinterpret_cast<const msg_header_t*>(sip->sip_separator);
  const auto* payload = reinterpret_cast<const msg_header_t*>(sip->sip_payload);
  for (const msg_header_t* h = first->sh_succ; h != nullptr; h = h->sh_succ) {
    if (h == separator || h == payload) break;
    const std::string_view raw = raw_of(h);
    if (h->sh_data == nullptr) {
      add_printed(message, h);
    } else if (!raw.empty()) {  // else the second of a comma-separated line
      add_field(message, raw);
    }
  }
  if (sip->sip_payload != nullptr && sip->sip_payload->pl_len > 0) {
    message.set_body(field(message, "Content-Type"),
                     std::string(sip->sip_payload->pl_data, sip->sip_payload->pl_len));
  }
  return message;
}

bool to_sofia(const Message& message, msg_t* msg) {
  su_home_t* home = msg_home(msg);
  if (!insert_start_line(message, msg)) return false;
  unsigned seen = 0;
  for (const Header& header : message.headers()) {
    if (!is_token(header.name) || !is_one_line(header.value)) return false;
    if (same(header.name, "Content-Length") || same(header.name, "l")) continue;
    const Known* known = find_known(header.name);
    if (known == nullptr) {
      if (!insert_unknown(msg, header)) return false;
      continue;
    }
    const unsigned bit = 1U << (known - kKnown);
    if (known->hclass == sip_via_class) {
      if ((seen & bit) == 0 && !insert_vias(message, msg)) return false;
      seen |= bit;
      continue;
    }
    if (!known->many && (seen & bit) != 0) return false;
    seen |= bit;
    if (!insert(msg, msg_header_make(home, known->hclass, header.value.c_str()))) return false;
  }
  if (message.body().empty()) return true;
  return insert(msg, sip_payload_create(home, message.body().data(),
                                        static_cast<isize_t>(message.body().size())));
}

std::string_view uri_of(std::string_view address) {
  bool quoted = false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '<' && !quoted) {
      const std::size_t end = address.find('>', i);
      return end == std::string_view::npos ? std::string_view{}
                                           : address.substr(i + 1, end - i - 1);
    }
  }
  return trim(address.substr(0, address.find(';')));
}

std::string_view tag_of(std::string_view address) {
  // Parameters of the field follow the closing bracket; without brackets all are the field's.
  const std::string_view uri = uri_of(address);
  if (uri.empty()) return {};
  std::string_view rest =
      address.substr(static_cast<std::size_t>(uri.data() + uri.size() - address.data()));
  while (!rest.empty()) {
    const std::size_t semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return {};
    rest.remove_prefix(semicolon + 1);
    const std::string_view parameter = trim(rest.substr(0, rest.find_first_of(";,")));
    const std::size_t equals = parameter.find('=');
    if (same(trim(parameter.substr(0, equals)), "tag")) {
      return equals == std::string_view::npos ? std::string_view{}
                                              : trim(parameter.substr(equals + 1));
    }
  }
  return {};
}

std::uint32_t cseq_number(const Message& message) {
  const auto value = message.get("CSeq");
  std::uint32_t number = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), number);
  return number;
}

std::string field(const Message& message, std::string_view name) {
  return std::string(message.get(name).value_or(std::string_view{}));
}

std::string_view reason_phrase(std::uint16_t status) {
  const char* phrase = sip_status_phrase(status);
  return phrase == nullptr ? std::string_view{"Unknown"} : std::string_view{phrase};
}

}  // namespace junctor::cp
