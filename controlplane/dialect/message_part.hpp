// SPDX-License-Identifier: MIT
// MessagePart: the values of one header field, or of one SDP attribute, of a message, to be changed
// and written back.
//
// Threads   a value; write() is for the message that it was read from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/message.hpp"

namespace junctor::cp {

class MessagePart {
 public:
  static MessagePart header(const interop::Message& message, const std::string& name);
  // Of the description in the body (the body itself, or a part of it: find_sdp of sdp/multipart.hpp),
  // at the level of the session and of each media.
  static MessagePart sdp_attribute(const interop::Message& message, const std::string& name);

  bool is_there = false;                           // there may be such values: no SDP, no attribute
  std::vector<std::optional<std::string>> values;  // in order; without one: is to be removed
  std::optional<std::string> added;                // one more; an attribute: of the first audio

  void write(interop::Message& message) const;

 private:
  void write_header(interop::Message& message) const;
  std::string attribute_line(const std::string& value) const;

  std::string name_;
  bool is_header_ = false;
  // Of SDP.
  std::vector<std::string> lines_;
  std::vector<std::size_t> at_;       // the line of each value
  std::size_t begin_ = 0, size_ = 0;  // where it is in the body
};

}  // namespace junctor::cp
