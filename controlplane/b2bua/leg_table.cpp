// SPDX-License-Identifier: MIT
// The state table of a leg. What is not listed is refused and counted.
#include <array>

#include "controlplane/b2bua/leg.hpp"

namespace junctor::cp {

const std::vector<Leg::Row>& Leg::table() {
  using S = State;
  using E = Event;
  static const std::vector<Row> kTable{
      // Called by the peer.
      {S::Invited, E::Ring, {S::Alerting}, &Leg::send_progress, "tell the peer that it rings"},
      {S::Invited, E::Answer, {S::Answered}, &Leg::send_answer, "accept with a 2xx"},
      {S::Invited, E::Release, {S::Ended}, &Leg::send_failure, "refuse with a final response"},
      {S::Invited, E::Cancel, {S::Ended}, &Leg::take_cancel, "the caller gave up: 487"},
      {S::Invited,
       E::Bye,
       {S::Ended},
       &Leg::take_early_bye,
       "the caller ended the early dialog: 487"},
      {S::Alerting, E::Ring, {S::Alerting}, &Leg::send_progress, "tell more of the progress"},
      {S::Alerting, E::Answer, {S::Answered}, &Leg::send_answer, "accept with a 2xx"},
      {S::Alerting, E::Release, {S::Ended}, &Leg::send_failure, "refuse with a final response"},
      {S::Alerting, E::Cancel, {S::Ended}, &Leg::take_cancel, "the caller gave up: 487"},
      {S::Alerting,
       E::Bye,
       {S::Ended},
       &Leg::take_early_bye,
       "the caller ended the early dialog: 487"},
      {S::Answered, E::Ack, {S::Confirmed}, &Leg::take_ack, "the 2xx arrived"},
      {S::Answered,
       E::NoAck,
       {S::Ending},
       &Leg::give_up_ack,
       "64*T1 without ACK: BYE (RFC 3261, 13.3.1.4)"},
      {S::Answered,
       E::Release,
       {S::Closing},
       &Leg::wait_for_ack,
       "no BYE before the ACK (RFC 3261, 15)"},
      {S::Answered, E::Bye, {S::Ended}, &Leg::take_bye, "ended before its ACK came"},
      {S::Closing, E::Ack, {S::Ending}, &Leg::send_bye, "now BYE may be sent"},
      {S::Closing, E::NoAck, {S::Ending}, &Leg::send_bye, "now BYE may be sent"},
      {S::Closing, E::Bye, {S::Ended}, &Leg::take_bye, "the peer was quicker"},
      {S::Closing, E::Release, {S::Closing}, &Leg::ignore, "it is being ended"},
      // Calling the peer.
      {S::Idle, E::Place, {S::Calling}, &Leg::send_invite, "INVITE"},
      {S::Calling,
       E::Provisional,
       {S::Proceeding},
       &Leg::take_progress,
       "an early dialog, perhaps with voice"},
      {S::Calling, E::Success, {S::Accepted, S::Ending}, &Leg::take_success, "answered"},
      {S::Calling, E::Failure, {S::Ended}, &Leg::take_failure, "refused, or nobody there"},
      {S::Calling, E::Release, {S::Cancelling}, &Leg::send_cancel, "CANCEL"},
      {S::Proceeding,
       E::Provisional,
       {S::Proceeding},
       &Leg::take_progress,
       "more progress, or another fork"},
      {S::Proceeding, E::Success, {S::Accepted, S::Ending}, &Leg::take_success, "answered"},
      {S::Proceeding, E::Failure, {S::Ended}, &Leg::take_failure, "refused"},
      {S::Proceeding, E::Release, {S::Cancelling}, &Leg::send_cancel, "CANCEL"},
      {S::Accepted, E::Acknowledge, {S::Confirmed}, &Leg::send_ack, "ACK, perhaps with our answer"},
      {S::Accepted,
       E::Success,
       {S::Accepted},
       &Leg::take_more_success,
       "repeated, or another fork's"},
      {S::Accepted, E::Release, {S::Ending}, &Leg::ack_and_bye, "ACK and BYE"},
      {S::Accepted, E::Bye, {S::Ended}, &Leg::take_bye, "ended before our ACK"},
      {S::Cancelling, E::Provisional, {S::Cancelling}, &Leg::ignore, "too late"},
      {S::Cancelling,
       E::Success,
       {S::Ending},
       &Leg::end_late_answer,
       "CANCEL crossed the answer: ACK and BYE"},
      {S::Cancelling, E::Failure, {S::Ended}, &Leg::finish, "487, or any other"},
      {S::Cancelling, E::Expired, {S::Ended}, &Leg::finish, "64*T1 after CANCEL (RFC 3261, 9.1)"},
      {S::Cancelling, E::Release, {S::Cancelling}, &Leg::ignore, "it is being ended"},
      // Either.
      {S::Confirmed, E::Release, {S::Ending}, &Leg::send_bye, "BYE"},
      {S::Confirmed, E::Bye, {S::Ended}, &Leg::take_bye, "the peer hung up"},
      {S::Confirmed,
       E::Success,
       {S::Confirmed},
       &Leg::take_more_success,
       "the ACK was lost: again; or another fork's"},
      {S::Confirmed, E::Ack, {S::Confirmed}, &Leg::ignore, "repeated"},
      {S::Ending, E::Bye, {S::Ended}, &Leg::take_bye, "both hung up at once"},
      {S::Ending, E::Gone, {S::Ended}, &Leg::finish, "BYE was answered, or never will be"},
      {S::Ending,
       E::Success,
       {S::Ending},
       &Leg::take_more_success,
       "the ACK was lost: again; or another fork's"},
      {S::Ending, E::Ack, {S::Ending}, &Leg::ignore, "late"},
      {S::Ending, E::NoAck, {S::Ending}, &Leg::ignore, "of a re-INVITE"},
      {S::Ending, E::Release, {S::Ending}, &Leg::ignore, "it is being ended"},
      {S::Ended, E::Release, {S::Ended}, &Leg::ignore, "it has ended"},
  };
  return kTable;
}

std::string_view Leg::name_of(State state) {
  static constexpr std::array<std::string_view, 12> kNames{
      "idle",       "invited",  "alerting",   "answered",  "closing", "calling",
      "proceeding", "accepted", "cancelling", "confirmed", "ending",  "ended"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view Leg::name_of(Event event) {
  static constexpr std::array<std::string_view, 14> kNames{
      "ring",        "answer",  "release", "cancel",      "ack", "no-ack", "place",
      "provisional", "success", "failure", "acknowledge", "bye", "gone",   "expired"};
  return kNames[static_cast<std::size_t>(event)];
}

std::string Leg::print_table() {
  std::string out;
  for (const Row& row : table()) {
    out += std::string(name_of(row.state)) + " " + std::string(name_of(row.event)) + " ->";
    for (const State next : row.next) out += " " + std::string(name_of(next));
    out += ": " + std::string(row.sentence) + "\n";
  }
  return out;
}

}  // namespace junctor::cp
