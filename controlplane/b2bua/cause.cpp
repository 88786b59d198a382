// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/cause.hpp"

#include <algorithm>
#include <array>

#include "controlplane/b2bua/topology.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

using When = CauseRule::When;

// Statuses that do not go through as they are. A gateway answers for itself: what its own request
// met on the other side is no statement about the caller's. Peers that fail over do so on 5xx
// alone, or on 408, 503 and 504, so "nothing there" stays a 503 or 504, although a proxy would make
// it 500.
constexpr std::array kRules{
    CauseRule{401, When::Always, 500,
              "16.7 step 7: the challenge is for us, the caller cannot answer it"},
    CauseRule{402, When::Always, 500, "21.4.3: reserved"},
    CauseRule{407, When::Always, 500,
              "16.7 step 7: the challenge is for us, the caller cannot answer it"},
    CauseRule{405, When::Always, 500,
              "21.4.6: INVITE is what we sent, the caller's was understood"},
    CauseRule{408, When::NoProvisional, 504, "21.5.5: no timely response from where we asked"},
    CauseRule{408, When::AfterProvisional, 480, "21.4.18: it was reached, and nobody answered"},
    CauseRule{415, When::Always, 488,
              "21.4.26: the body was ours; the caller's description has no taker"},
    CauseRule{420, When::Always, 500, "21.4.15: the extension was ours"},
    CauseRule{421, When::Always, 500, "21.4.16: the extension is wanted of us"},
    CauseRule{422, When::Always, 500, "RFC 4028, 6: the session timer was ours"},
    CauseRule{481, When::Always, 500, "21.4.19: the dialog is ours"},
    CauseRule{482, When::Always, 482, "21.4.20: a loop holds for the caller too"},
    CauseRule{483, When::Always, 483, "21.4.21: Max-Forwards is counted through us"},
    CauseRule{487, When::Always, 480, "21.4.25: the caller did not cancel"},
    CauseRule{491, When::Always, 500, "21.4.27: pending on our dialog"},
    CauseRule{493, When::Always, 500, "21.4.28: the body was ours"},
    CauseRule{500, When::Always, 500, "21.5.1: as it is"},
    CauseRule{502, When::Always, 502, "21.5.3: what came back was unusable"},
    CauseRule{503, When::Always, 503,
              "16.7 step 6 would make it 500; all of the route was tried, and the next caller "
              "fares no better"},
    CauseRule{505, When::Always, 500, "21.5.6: the version was ours"},
    CauseRule{513, When::Always, 500, "21.5.7: the message was ours"},
};

struct Phrase {
  std::uint16_t status;
  std::string_view text;
};
constexpr std::array kPhrases{
    Phrase{100, "Trying"},
    Phrase{180, "Ringing"},
    Phrase{181, "Call Is Being Forwarded"},
    Phrase{182, "Queued"},
    Phrase{183, "Session Progress"},
    Phrase{200, "OK"},
    Phrase{400, "Bad Request"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{410, "Gone"},
    Phrase{413, "Request Entity Too Large"},
    Phrase{414, "Request-URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Unsupported URI Scheme"},
    Phrase{423, "Interval Too Brief"},
    Phrase{428, "Use Identity Header"},
    Phrase{433, "Anonymity Disallowed"},
    Phrase{436, "Bad Identity Info"},
    Phrase{437, "Unsupported Credential"},
    Phrase{438, "Invalid Identity Header"},
    Phrase{440, "Max-Breadth Exceeded"},
    Phrase{469, "Bad Info Package"},
    Phrase{480, "Temporarily Unavailable"},
    Phrase{481, "Call/Transaction Does Not Exist"},
    Phrase{482, "Loop Detected"},
    Phrase{483, "Too Many Hops"},
    Phrase{484, "Address Incomplete"},
    Phrase{485, "Ambiguous"},
    Phrase{486, "Busy Here"},
    Phrase{487, "Request Terminated"},
    Phrase{488, "Not Acceptable Here"},
    Phrase{491, "Request Pending"},
    Phrase{500, "Server Internal Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Server Time-out"},
    Phrase{580, "Precondition Failure"},
    Phrase{600, "Busy Everywhere"},
    Phrase{603, "Decline"},
    Phrase{604, "Does Not Exist Anywhere"},
    Phrase{606, "Not Acceptable"},
    Phrase{607, "Unwanted"},
    Phrase{608, "Rejected"},
};

// Failures that tell the caller how to do better are preferred within their class.
bool is_helpful(std::uint16_t status) {
  return status == 401 || status == 407 || status == 415 || status == 420 || status == 484;
}

bool applies(const CauseRule& rule, const Cause& cause) {
  if (rule.status != cause.status) return false;
  return rule.when == When::Always || (rule.when == When::AfterProvisional) == cause.had_ringing;
}

}  // namespace

std::string_view by_name(By by) {
  switch (by) {
    case By::Caller:
      return "caller";
    case By::Callee:
      return "callee";
    case By::Operator:
      return "operator";
    case By::Gateway:
      break;
  }
  return "gateway";
}

std::string_view phrase_of(std::uint16_t status) {
  const auto found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                  [&](const Phrase& p) { return p.status == status; });
  return found == kPhrases.end() ? "Failure" : found->text;
}

Cause cause_of_response(const Message& response, bool local, bool had_ringing) {
  Cause out;
  out.by = local ? By::Gateway : By::Callee;
  out.status = response.status();
  out.local = local;
  out.had_ringing = had_ringing;
  out.reason = passable_reason(response.get("Reason").value_or(""));
  std::string_view after = response.get("Retry-After").value_or("");
  // Seconds, then perhaps a comment and parameters of the peer's.
  std::string_view seconds = interop::trim(after.substr(0, after.find_first_of(";( ")));
  if (interop::parse_number<std::uint32_t>(seconds)) out.retry_after = seconds;
  if (!local) {
    out.sentence =
        "the called side answered " + std::to_string(out.status) + " " + response.reason();
  } else if (out.status == 408) {
    out.sentence =
        had_ringing ? "the called side did not answer in time" : "no response from the called side";
  } else {
    out.sentence = "the called side could not be reached";
  }
  return out;
}

Cause cause_of_request(const Message& request, By by, std::string sentence) {
  Cause out;
  out.by = by;
  out.reason = passable_reason(request.get("Reason").value_or(""));
  out.sentence = std::move(sentence);
  return out;
}

Cause gateway_cause(std::uint16_t status, std::string sentence) {
  Cause out;
  out.status = status;
  out.local = true;
  out.is_verdict = status != 0;
  out.sentence = std::move(sentence);
  return out;
}

Cause operator_cause(std::string_view user) {
  Cause out = gateway_cause(480, "cleared by " + std::string(user));
  out.by = By::Operator;
  out.reason = "Q.850;cause=16;text=\"Normal call clearing\"";
  return out;
}

Cause refusal_cause(Refusal refusal, std::string sentence) {
  Cause out = gateway_cause(refusal.status, std::move(sentence));
  out.refusal = std::move(refusal);
  return out;
}

std::span<const CauseRule> cause_rules() { return kRules; }

std::uint16_t status_for_caller(const Cause& cause) {
  if (cause.is_verdict) return cause.status;
  for (const CauseRule& rule : kRules) {
    if (applies(rule, cause)) return rule.becomes;
  }
  // A redirection that is not followed: the callee is elsewhere, and where is not the caller's to
  // know.
  if (cause.status < 400 || cause.status > 699) return 480;
  return cause.status;
}

bool is_worth_another(const Cause& cause, bool is_failover_code) {
  // It was reached and rang: nobody answers, and trying elsewhere would only ring on.
  const bool nobody_answered = cause.local && cause.status == 408 && cause.had_ringing;
  const bool is_elsewhere = cause.status >= 300 && cause.status < 400;
  return !nobody_answered && cause.status < 600 &&
         (cause.local || is_elsewhere || is_failover_code);
}

bool is_better(const Cause& a, const Cause& b) {
  const int class_a = a.status / 100;
  const int class_b = b.status / 100;
  if ((class_a == 6) != (class_b == 6)) return class_b == 6;
  if (class_a != class_b) return class_b < class_a;
  // What a peer said is worth more than what was concluded here.
  if (a.local != b.local) return a.local;
  return is_helpful(b.status) && !is_helpful(a.status);
}

void add_warning(Message& response, const Refusal& refusal, const SocketAddress& listener) {
  if (response.status() != 488 || refusal.reason.empty()) return;
  std::string value = std::to_string(refusal.warning) + " " + listener.text() + " \"";
  for (const char c : refusal.reason) {  // may quote the peer
    if (c == '"' || c == '\\') value += '\\';
    value += c;
  }
  response.add("Warning", value + "\"");
}

Message failure_response(const Cause& cause, const SocketAddress& listener) {
  const std::uint16_t status = status_for_caller(cause);
  // The peer's own phrase may tell of its network.
  Message out = Message::response(status, std::string(phrase_of(status)));
  if (!cause.reason.empty()) out.add("Reason", cause.reason);
  if (cause.refusal) add_warning(out, *cause.refusal, listener);
  if (status == 415) {  // what would have been understood (RFC 3261, 21.4.13)
    out.add("Accept", "application/sdp, multipart/mixed");
    out.add("Accept-Encoding", "identity");
  }
  const bool may_retry = status == 404 || status == 413 || status == 480 || status == 486 ||
                         status == 500 || status == 600 || status == 603;
  // Not with 503: it would close the whole gateway to the peer (21.5.4), for one callee's sake.
  if (may_retry && !cause.retry_after.empty()) out.add("Retry-After", cause.retry_after);
  return out;
}

}  // namespace junctor::cp
