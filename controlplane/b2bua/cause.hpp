// SPDX-License-Identifier: MIT
// Cause: why a leg ends, in words that both legs understand; and what one leg's failure becomes on
// the other.
//
//   response of the callee --> cause_of_response --> mapped for the caller (table in cause.cpp) -->
//   response BYE or CANCEL          --> cause_of_request  --> Reason of our BYE or CANCEL (RFC
//   3326)
//
// Threads   pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/sdp/offer_answer.hpp"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

enum class By : std::uint8_t { Gateway, Caller, Callee, Operator };
std::string_view by_name(By by);  // "gateway": as in a call record

struct Cause {
  By by = By::Gateway;
  std::uint16_t status = 0;  // SIP status, of a call that was not answered
  bool local = false;        // the status was made here: no response, no transport
  bool is_verdict = false;   // made here, and meant for the caller as it is
  bool had_ringing = false;  // the peer had answered something before
  std::string reason;        // value of a Reason header that may pass, "" if there is none
  std::string retry_after;   // value of a Retry-After header: seconds alone
  std::string sentence;      // for the record
  // What of the description could not be agreed, of a 488 made here: for its Warning.
  std::optional<Refusal> refusal = {};
};

// Standard phrase of a status (RFC 3261, section 21, and later ones).
std::string_view phrase_of(std::uint16_t status);

Cause cause_of_response(const interop::Message& response, bool local, bool had_ringing);
Cause cause_of_request(const interop::Message& request, By by, std::string sentence);
Cause gateway_cause(std::uint16_t status, std::string sentence);
// An operator ended the call: both sides hear what they would if the other had hung up.
Cause operator_cause(std::string_view user);
Cause refusal_cause(Refusal refusal, std::string sentence);

// What a failure of the callee is for the caller.
struct CauseRule {
  std::uint16_t status;
  enum class When : std::uint8_t { Always, NoProvisional, AfterProvisional } when;
  std::uint16_t becomes;
  std::string_view why;
};
std::span<const CauseRule> cause_rules();
std::uint16_t status_for_caller(const Cause& cause);

// Whether b is the better answer of two failures (RFC 3261, section 16.7, step 6).
bool is_better(const Cause& a, const Cause& b);

// Whether another peer or trunk is tried after this failure of one, whose trunk fails over on its
// status or not.
bool is_worth_another(const Cause& cause, bool is_failover_code);

// A failure as a response to the caller's INVITE, on the listener of that address.
interop::Message failure_response(const Cause& cause, const SocketAddress& listener);
// A 488 says what cannot be agreed (RFC 3261, 20.43, 21.4.26); other statuses are left alone.
void add_warning(interop::Message& response, const Refusal& refusal, const SocketAddress& listener);

}  // namespace junctor::cp
