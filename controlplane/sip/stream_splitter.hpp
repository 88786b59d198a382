// SPDX-License-Identifier: MIT
// StreamSplitter: cuts what came over a connection into SIP messages, for the trace (RFC
// 3261, 18.3).
//
// Errors    a stream that is no SIP, or whose message exceeds the limit, yields nothing more.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace junctor::cp {

class StreamSplitter {
 public:
  void feed(std::string_view bytes, std::size_t max_message_bytes,
            const std::function<void(std::string_view message)>& on_message);

 private:
  std::string rest_;
  bool broken_ = false;
};

// What a person wants to know of a message at first sight.
struct Summary {
  std::string_view call_id;
  std::string text;  // "INVITE sdp", "200 OK (INVITE) sdp"
};
Summary summarize(std::string_view message);

// The value of the first field of that name ("call-id", lower case) or compact form ('i', 0: none)
// in a raw message.
std::string_view raw_field(std::string_view message, std::string_view name, char compact);

}  // namespace junctor::cp
