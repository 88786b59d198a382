// SPDX-License-Identifier: MIT
// StreamSplitter: cuts what comes over a connection into SIP messages (RFC 3261, 18.3), and cleans
// it for the parser: empty lines between messages go, a NUL in a head becomes a space.
//
// Errors    a stream that is no SIP, or whose message exceeds the limit, yields nothing more and
//           passes unchanged: the parser refuses it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace junctor::cp {

class StreamSplitter {
 public:
  // Returns what the parser may see of these bytes.
  std::string feed(std::string_view bytes, std::size_t max_message_bytes,
                   const std::function<void(std::string_view message)>& on_message);

 private:
  bool take_head(std::string_view& bytes, std::size_t max_message_bytes);

  std::string message_;        // so far
  std::size_t body_left_ = 0;  // once its head is whole
  bool in_body_ = false;
  bool broken_ = false;
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
