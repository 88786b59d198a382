// SPDX-License-Identifier: MIT
// What this folder counts, under "sip".
#pragma once

#include <array>

#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

enum SipCounter : std::uint8_t {
  kReceived,
  kSent,
  kStrangerRefused,
  kStrangerDropped,
  kNotSip,
  kTooLarge,
  kMalformed,
  kBadRequest,
  kBadScheme,
  kBadExtension,
  kMaxForwards,
  kLoop,
  kNoTransaction,
  kOverload,
  kDialectRefused,
  kDialectDropped,
  kStrayResponse,
  kStrayAck,
  kLateAnswer,
  kNoAck,
  kTimeout,
  kTransportFailed,
  kBadOutput,
  kSipCounterCount
};

inline constexpr std::array<CounterDesc, kSipCounterCount> kSipCounters{{
    {"received", Severity::Info, "a SIP message was received"},
    {"sent", Severity::Info, "a SIP message was sent, retransmissions included"},
    {"stranger_refused", Severity::Warning,
     "a request from an address of no trunk was answered 403"},
    {"stranger_dropped", Severity::Warning,
     "a message from an address of no trunk was dropped unread, above the limit a second"},
    {"not_sip", Severity::Warning, "a datagram that cannot be SIP was dropped unread"},
    {"too_large", Severity::Warning, "a message was larger than max_message_bytes"},
    {"malformed", Severity::Warning,
     "a message could not be parsed or lacked what every message needs; a request was answered "
     "400"},
    {"bad_request", Severity::Warning, "a request with a bad header field was answered 400"},
    {"bad_scheme", Severity::Warning,
     "a request to a URI that is not sip, sips or tel was answered 416"},
    {"bad_extension", Severity::Warning,
     "a request that requires an extension that we do not have was answered 420"},
    {"max_forwards", Severity::Warning, "a request with Max-Forwards 0 was answered 483"},
    {"loop", Severity::Warning, "a request of ours came back to us and was answered 482"},
    {"no_transaction", Severity::Info, "a CANCEL that matches no request was answered 481"},
    {"overload", Severity::Error, "a request was answered 503: too many transactions at once"},
    {"dialect_refused", Severity::Warning, "a trunk's plugin or a message rule refused a message"},
    {"dialect_dropped", Severity::Warning, "a trunk's plugin refused a message that has no answer"},
    {"stray_response", Severity::Info, "a response that matches no request was dropped"},
    {"stray_ack", Severity::Info, "an ACK came that no transaction waits for"},
    {"late_answer", Severity::Warning,
     "a 2xx came after its INVITE was given up; it was acknowledged and ended with BYE"},
    {"no_ack", Severity::Warning, "a 2xx to INVITE was not acknowledged in 32 seconds"},
    {"timeout", Severity::Warning, "a request was not answered in time"},
    {"transport_failed", Severity::Warning,
     "a request could not be sent, or its destination refused it"},
    {"bad_output", Severity::Error, "a message of ours was not sent: it is no sound SIP"},
}};
static_assert(!kSipCounters.back().name.empty(), "every counter needs its sentence");

using SipCounterSet = CounterSet<kSipCounterCount>;

}  // namespace junctor::cp
