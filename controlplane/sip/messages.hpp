// SPDX-License-Identifier: MIT
// Messages: sip_t to interop::Message and back, and small questions about headers.
//
// Received: fields in the order and with the names that were on the wire, unfolded, none lost, none
// merged. Sent: fields that the transaction layer must understand (Via, From, To, Call-ID, CSeq,
// Max-Forwards, Route) are parsed by Sofia and come first; all others go out letter for letter, in
// order.
//
// Errors    to_sofia() gives nullptr for a message that is no sound SIP: ours or a plugin's fault.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controlplane/sip/sofia.hpp"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

interop::Message from_sofia(const msg_t* msg, const sip_t* sip);

// Fills a message made by nta_msg_create().
bool to_sofia(const interop::Message& message, msg_t* msg);

// "a84b4c76e66710" of a From, To or Contact value; "" if there is none.
std::string_view tag_of(std::string_view address);
// "<sip:a@b>;tag=..." -> "sip:a@b".
std::string_view uri_of(std::string_view address);
// The number and method of a CSeq value.
std::uint32_t cseq_number(const interop::Message& message);

// "" unless the message has that field.
std::string field(const interop::Message& message, std::string_view name);

std::string_view reason_phrase(std::uint16_t status);

}  // namespace junctor::cp
