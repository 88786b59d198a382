// SPDX-License-Identifier: MIT
// Message: a SIP message as a plugin sees it: start line, header fields in order, body. No Sofia
// type in sight.
//
// Header names compare without regard to case, and compact forms (RFC 3261, section 7.3.3: "v",
// "f", "t", "i", "m", "c", "l", "s", "k", "e", ...) with their long ones. A field that may hold a
// comma-separated list stands as it came.
//
// Threads   a plain value, on the control thread.
// Lifetime  views returned are valid until the message is changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::interop {

struct Header {
  std::string name;   // as received or to be sent: "Call-ID"
  std::string value;  // unfolded, without surrounding white space; never contains CR or LF
};

class Message {
 public:
  static Message request(std::string method, std::string request_uri);
  static Message response(std::uint16_t status, std::string reason);

  bool is_request() const { return status_ == 0; }
  const std::string& method() const { return method_; }  // of a response: the method of its CSeq
  const std::string& request_uri() const { return request_uri_; }  // requests only
  std::uint16_t status() const { return status_; }                 // responses only, 100..699
  const std::string& reason() const { return reason_; }
  void set_method(std::string method) { method_ = std::move(method); }
  void set_request_uri(std::string uri) { request_uri_ = std::move(uri); }
  void set_status(std::uint16_t status, std::string reason);

  const std::vector<Header>& headers() const { return headers_; }
  // The first field of that name, or nothing.
  std::optional<std::string_view> get(std::string_view name) const;
  // All fields of that name, in order.
  std::vector<std::string_view> get_all(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  // Replaces all fields of that name by one, at the place of the first.
  void set(std::string_view name, std::string value);
  // Appends a field.
  void add(std::string_view name, std::string value);
  // Removes all fields of that name; returns how many there were.
  std::size_t remove(std::string_view name);

  const std::string& body() const { return body_; }
  // Content-Type without parameters, lower case: "application/sdp"; empty if there is none.
  std::string content_type() const;
  // Replaces body and Content-Type (with an empty body, removes both). Content-Length is never set
  // by hand.
  void set_body(std::string content_type, std::string body);

 private:
  std::string method_;
  std::string request_uri_;
  std::string reason_;
  std::uint16_t status_ = 0;
  std::vector<Header> headers_;
  std::string body_;
};

// Whether two header names are the same field ("v" and "Via").
bool same_header(std::string_view a, std::string_view b);

}  // namespace junctor::interop
