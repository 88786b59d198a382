// SPDX-License-Identifier: MIT
#include "plugins/sdk/message.hpp"

#include <algorithm>
#include <utility>

#include "plugins/sdk/text.hpp"

namespace junctor::interop {
namespace {

// Compact forms: RFC 3261, section 20, and the IANA registry of header fields.
constexpr std::pair<char, std::string_view> kCompactForms[] = {
    {'a', "Accept-Contact"},
    {'b', "Referred-By"},
    {'c', "Content-Type"},
    {'d', "Request-Disposition"},
    {'e', "Content-Encoding"},
    {'f', "From"},
    {'i', "Call-ID"},
    {'j', "Reject-Contact"},
    {'k', "Supported"},
    {'l', "Content-Length"},
    {'m', "Contact"},
    {'n', "Identity-Info"},
    {'o', "Event"},
    {'r', "Refer-To"},
    {'s', "Subject"},
    {'t', "To"},
    {'u', "Allow-Events"},
    {'v', "Via"},
    {'x', "Session-Expires"},
    {'y', "Identity"},
};

std::string_view long_form(std::string_view name) {
  if (name.size() != 1) return name;
  for (const auto& [letter, full] : kCompactForms) {
    if (to_lower(name[0]) == letter) return full;
  }
  return name;
}

// What a plugin puts into a start line or a field must not open another field.
std::string one_line(std::string text) {
  if (const auto kept = trim(text); kept.size() != text.size()) text = std::string(kept);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return text;
}

}  // namespace

bool same_header(std::string_view a, std::string_view b) {
  return same_text(long_form(a), long_form(b));
}

Message Message::request(std::string method, std::string request_uri) {
  Message m;
  m.method_ = one_line(std::move(method));
  m.request_uri_ = one_line(std::move(request_uri));
  return m;
}

Message Message::response(std::uint16_t status, std::string reason) {
  Message m;
  m.set_status(status, std::move(reason));
  return m;
}

void Message::set_status(std::uint16_t status, std::string reason) {
  status_ = status;
  reason_ = one_line(std::move(reason));
}

std::optional<std::string_view> Message::get(std::string_view name) const {
  for (const Header& h : headers_) {
    if (same_header(h.name, name)) return h.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Message::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Header& h : headers_) {
    if (same_header(h.name, name)) values.push_back(h.value);
  }
  return values;
}

void Message::set(std::string_view name, std::string value) {
  const auto is_named = [name](const Header& h) { return same_header(h.name, name); };
  const auto first = std::find_if(headers_.begin(), headers_.end(), is_named);
  if (first == headers_.end()) {
    add(name, std::move(value));
    return;
  }
  first->value = one_line(std::move(value));
  headers_.erase(std::remove_if(first + 1, headers_.end(), is_named), headers_.end());
}

void Message::add(std::string_view name, std::string value) {
  headers_.push_back({one_line(std::string(name)), one_line(std::move(value))});
}

std::size_t Message::remove(std::string_view name) {
  return std::erase_if(headers_, [name](const Header& h) { return same_header(h.name, name); });
}

std::string Message::content_type() const {
  std::string_view value = get("Content-Type").value_or("");
  return to_lower(trim(take_until(value, ';')));
}

void Message::set_body(std::string content_type, std::string body) {
  body_ = std::move(body);
  if (body_.empty()) {
    remove("Content-Type");
  } else {
    set("Content-Type", std::move(content_type));
  }
}

}  // namespace junctor::interop
