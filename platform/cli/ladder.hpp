// SPDX-License-Identifier: MIT
// Ladder: the SIP of a call, drawn 80 columns wide, a line a message.
//
//             192.0.2.20:5060             gateway            203.0.113.9:5060
//                    |                       |                       |
//     0.0 ms         |-- INVITE sdp -------->|                       |
//     0.9 ms         |                       |-- INVITE sdp -------->|
//     1.2 ms         |<- 100 Trying ---------|                       |
//
// A call of one leg may be drawn with two lines, which leaves more room for what is said.
//
// Threads   the session's.
// Errors    none; what peers said is made safe to print.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "management/v1/management.pb.h"

namespace junctor::cli {

class Ladder {
 public:
  enum class Legs : std::uint8_t { Caller, Called, Both };  // that have a line beside the gateway's
  using Message = management::v1::TraceMessage;

  Ladder(Legs legs, bool is_full) : legs_(legs), is_full_(is_full) {}

  // "call 3f2a, 2026-01-31 12:00:00 UTC" and who stands at the lines. `of` is what is known so far,
  // oldest first and not empty; times count from its first.
  std::string head(const std::vector<const Message*>& of);
  std::string add(const Message& message);

 private:
  std::size_t span() const { return legs_ == Legs::Both ? 30 : 61; }  // between two lines
  std::size_t line_at(std::size_t index) const;
  std::string between() const { return std::string(span(), ' '); }
  std::string change_of_peer(const Message& message);
  std::string step(const Message& message) const;

  const Legs legs_;
  const bool is_full_;
  std::uint64_t start_us_ = 0;
  std::array<std::string, 2> peers_;
};

// Messages of many calls as they come, each drawn in the ladder of its call. Where another call goes
// on, its name is said again.
class PassingLadders {
 public:
  explicit PassingLadders(bool is_full) : is_full_(is_full) {}
  std::string add(const Ladder::Message& message);

 private:
  static constexpr std::size_t kMaxCalls = 1000;  // whose beginning is remembered

  const bool is_full_;
  std::map<std::string, Ladder> calls_;
  std::string last_;
};

}  // namespace junctor::cli
