// SPDX-License-Identifier: MIT
// The state table of a call. What is not listed is refused and counted.
#include <array>

#include "controlplane/b2bua/call.hpp"

namespace junctor::cp {

const std::vector<Call::Row>& Call::table() {
  using S = State;
  using E = Event;
  static const std::vector<Row> kTable{
      {S::Placing, E::Progress, {S::Alerting}, &Call::tell_progress, "it rings: tell the caller"},
      {S::Placing, E::Answered, {S::Joining}, &Call::join, "answered: answer the caller"},
      {S::Placing,
       E::Failed,
       {S::Placing},
       &Call::try_other,
       "the next target, or the best failure"},
      {S::Placing, E::Released, {S::Placing}, &Call::abandon, "the caller gave up"},
      {S::Alerting,
       E::Progress,
       {S::Alerting},
       &Call::tell_progress,
       "more progress, or another fork"},
      {S::Alerting, E::Answered, {S::Joining}, &Call::join, "answered: answer the caller"},
      {S::Alerting,
       E::Failed,
       {S::Placing},
       &Call::try_other,
       "the next target, or the best failure"},
      {S::Alerting, E::Released, {S::Alerting}, &Call::abandon, "the caller gave up"},
      {S::Joining, E::Acknowledged, {S::Established}, &Call::establish, "both sides know"},
      {S::Joining, E::Released, {S::Joining}, &Call::abandon, "hung up before the ACK, or no ACK"},
      {S::Joining, E::Reoffer, {S::Joining}, &Call::take_reoffer, "a re-INVITE before the ACK"},
      {S::Joining, E::Withdrawn, {S::Joining}, &Call::withdraw, "and it is cancelled"},
      {S::Joining,
       E::Settled,
       {S::Joining},
       &Call::settle_reoffer,
       "our offer was answered in an ACK"},
      {S::Joining, E::Info, {S::Joining}, &Call::refuse_info, "the other side is not confirmed"},
      {S::Established,
       E::Released,
       {S::Established},
       &Call::abandon,
       "one side hung up: the other is told"},
      {S::Established,
       E::Reoffer,
       {S::Established},
       &Call::take_reoffer,
       "answered here, or offered to the other side"},
      {S::Established, E::Withdrawn, {S::Established}, &Call::withdraw, "all stays as it was"},
      {S::Established,
       E::Settled,
       {S::Established},
       &Call::settle_reoffer,
       "our offer was answered in an ACK"},
      {S::Established,
       E::Accepted,
       {S::Established},
       &Call::pass_acceptance,
       "the other side agreed: answer the one that asked"},
      {S::Established,
       E::Refused,
       {S::Established},
       &Call::pass_refusal,
       "the other side did not: refuse the one that asked"},
      {S::Established, E::Due, {S::Established}, &Call::offer_again, "after glare"},
      {S::Established, E::Info, {S::Established}, &Call::pass_info, "INFO goes through"},
      {S::Established,
       E::Stray,
       {S::Established},
       &Call::put_back,
       "a re-INVITE from before a restart was accepted: back to what was"},
      {S::Ending, E::Released, {S::Ending}, &Call::ignore, "both hung up at once"},
      {S::Ending, E::Failed, {S::Ending}, &Call::ignore, "an attempt that was being ended"},
      {S::Ending, E::Acknowledged, {S::Ending}, &Call::ignore, "too late"},
  };
  return kTable;
}

std::string_view Call::name_of(State state) {
  static constexpr std::array<std::string_view, 5> kNames{"placing", "alerting", "joining",
                                                          "established", "ending"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view Call::name_of(Event event) {
  static constexpr std::array<std::string_view, 13> kNames{
      "progress", "answered", "failed",  "acknowledged", "released", "reoffer", "withdrawn",
      "settled",  "accepted", "refused", "due",          "info",     "stray"};
  return kNames[static_cast<std::size_t>(event)];
}

std::string Call::print_table() {
  std::string out;
  for (const Row& row : table()) {
    out += std::string(name_of(row.state)) + " " + std::string(name_of(row.event)) + " ->";
    for (const State next : row.next) out += " " + std::string(name_of(next));
    out += ": " + std::string(row.sentence) + "\n";
  }
  return out;
}

}  // namespace junctor::cp
