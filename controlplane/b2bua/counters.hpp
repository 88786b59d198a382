// SPDX-License-Identifier: MIT
// What the b2bua counts, as "b2bua.<name>".
#pragma once

#include <array>
#include <cstdint>

#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

enum B2buaCounter : std::uint8_t {
  kCallsIn,
  kCallsEstablished,
  kCallsFailed,
  kCallsCancelled,
  kCallsResumed,
  kRefusedFull,
  kRefusedNoRoute,
  kRefusedMalformed,
  kRefusedDescription,
  kFailovers,
  kNoPort,
  kBadAnswer,
  kNoAck,
  kNoAnswerToBye,
  kAnswerAfterCancel,
  kSecondAnswer,
  kTooManyForks,
  kMediaTimeout,
  kMediaRefused,
  kUnlistedEvent,
  kStaleCseq,
  kUnknownDialog,
  kForeignRequest,
  kStrayAck,
  kMethodRefused,
  kRefreshed,
  kAnsweredLocally,
  kRenegotiated,
  kRenegotiationRefused,
  kGlareGiven,
  kGlareMet,
  kPendingRefused,
  kInfoPassed,
  kOptionsAnswered,
  kJournalUnreadable,
  kB2buaCounterCount
};

inline constexpr std::array<CounterDesc, kB2buaCounterCount> kB2buaCounters{{
    {"calls_in", Severity::Info, "a peer began a call"},
    {"calls_established", Severity::Info, "a call was answered and joined"},
    {"calls_failed", Severity::Info, "a call ended without an answer, not by its caller"},
    {"calls_cancelled", Severity::Info, "the caller gave up before the answer"},
    {"calls_resumed", Severity::Info, "a call was rebuilt from the journal"},
    {"refused_full", Severity::Warning,
     "a call was refused because the gateway or its trunk had as many as it may"},
    {"refused_no_route", Severity::Warning, "a call was refused because no route takes its number"},
    {"refused_malformed", Severity::Warning,
     "a request was refused because it lacks what a dialog needs"},
    {"refused_description", Severity::Warning,
     "a session description could not be read or agreed upon"},
    {"failovers", Severity::Warning, "the next peer or trunk was tried after a failure"},
    {"no_port", Severity::Error, "no UDP port was left for voice"},
    {"bad_answer", Severity::Warning, "a peer accepted a call with an answer that is none"},
    {"no_ack", Severity::Warning, "a call was ended because its answer was never acknowledged"},
    {"no_answer_to_bye", Severity::Warning, "a peer did not answer BYE"},
    {"answer_after_cancel", Severity::Info,
     "a call was answered while it was being cancelled, and ended"},
    {"second_answer", Severity::Info, "another fork answered too, and was ended"},
    {"too_many_forks", Severity::Warning, "a call had more early dialogs than are kept"},
    {"media_timeout", Severity::Warning, "a call was ended because no voice came from either side"},
    {"media_refused", Severity::Error, "the dataplane refused a call's session"},
    {"unlisted_event", Severity::Warning,
     "something came that the state table of a leg does not list"},
    {"stale_cseq", Severity::Warning, "a request came with a CSeq that was used before"},
    {"unknown_dialog", Severity::Info, "a request came for a dialog that is not here"},
    {"foreign_request", Severity::Warning,
     "a request for a dialog came from another trunk than the dialog's peer"},
    {"stray_ack", Severity::Info, "an acknowledgement came that nothing waited for"},
    {"method_refused", Severity::Info, "a request had a method that is not served"},
    {"refreshed", Severity::Info, "a session refresh was answered here"},
    {"answered_locally", Severity::Info,
     "a change of one leg was answered without asking the other"},
    {"renegotiated", Severity::Info, "a change of one leg was agreed with the other"},
    {"renegotiation_refused", Severity::Info, "a change was refused, and all stayed as it was"},
    {"glare_given", Severity::Info, "a re-INVITE was answered 491 because another was under way"},
    {"glare_met", Severity::Info, "a re-INVITE of ours was answered 491, and is tried again"},
    {"pending_refused", Severity::Info, "a re-INVITE came before the one before it was answered"},
    {"info_passed", Severity::Info, "an INFO was passed to the other leg"},
    {"options_answered", Severity::Info, "OPTIONS were answered"},
    {"journal_unreadable", Severity::Error, "a call of the journal could not be rebuilt"},
}};

}  // namespace junctor::cp
