// SPDX-License-Identifier: MIT
// Test kit: makes messages and descriptions out of text, and text out of them, so that the test of
// a plugin reads as "this came in, that went on". For tests and captures that we hold in our hands,
// never for what comes off a wire.
//
//   text --> message_from_text --> plugin.on_receive(message) --> text_of(message) == text
//
// Errors    text that is no message is a mistake in the test: an assertion.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "plugins/sdk/message.hpp"
#include "plugins/sdk/plugin.hpp"
#include "plugins/sdk/sdp.hpp"

namespace junctor::interop {

// A SIP message with LF or CRLF line ends; the body begins after the empty line. Content-Length is
// left out.
Message message_from_text(std::string_view text);
// The same way back: LF line ends, header fields in order, an empty line and the body if there is
// one.
std::string text_of(const Message& message);

// A description with one audio line over RTP/AVP. Codecs as "0 PCMU/8000", "101
// telephone-event/8000 0-15"; attributes as "sendonly", "ptime:20".
Sdp audio_sdp(std::string_view address, std::uint16_t port,
              std::initializer_list<std::string_view> codecs,
              std::initializer_list<std::string_view> attributes = {});
// Its media in one line each: "audio 4000 RTP/AVP [0 PCMU/8000] [101 telephone-event/8000 0-15]
// ptime:20 sendonly".
std::string text_of(const Sdp& sdp);

// Makes an instance with the defaults of the descriptor, some of them replaced. An assertion if it
// refuses.
std::unique_ptr<Plugin> make_plugin(const Descriptor& descriptor,
                                    std::map<std::string, std::string, std::less<>> options = {});

}  // namespace junctor::interop
