// SPDX-License-Identifier: MIT
// StreamSplitter: cuts what comes over a connection into SIP messages (RFC 3261, 18.3), and hears
// the keep-alives between them (RFC 5626, 5.4).
//
// Errors    a message whose end cannot be known, or that exceeds the limit, breaks the stream:
//           trouble() is the answer to it, and nothing that follows is read.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "controlplane/sip/raw_message.hpp"

namespace junctor::cp {

class StreamSplitter {
 public:
  // Returns how many pings (double CRLF) were among these bytes. Empty lines between messages are
  // no part of them.
  std::size_t feed(std::string_view bytes, std::size_t max_message_bytes,
                   const std::function<void(std::string_view message)>& on_message);

  const RawVerdict& trouble() const { return trouble_; }
  // What has come of a message that has not ended, or that broke the stream.
  std::string_view unfinished() const { return message_; }

 private:
  bool take_head(std::string_view& bytes, std::size_t max_message_bytes);
  std::size_t skip_empty_lines(std::string_view& bytes);
  void break_off(std::uint16_t status, std::string_view phrase);
  bool is_broken() const { return trouble_.kind != RawVerdict::Kind::Pass; }

  std::string message_;        // so far
  std::size_t body_left_ = 0;  // once its head is whole
  bool in_body_ = false;
  bool after_cr_ = false;        // of the empty lines before it
  std::size_t empty_lines_ = 0;  // since the last ping
  RawVerdict trouble_;
};

// A NUL can stand in a quoted string (RFC 4475, 3.1.1.2), but ends a string of C's.
void replace_nuls(char* head, std::size_t size);

// What a person wants to know of a message at first sight.
struct Summary {
  std::string_view call_id;
  std::string text;  // "INVITE sdp", "200 OK (INVITE) sdp"
};
Summary summarize(std::string_view message);

}  // namespace junctor::cp
