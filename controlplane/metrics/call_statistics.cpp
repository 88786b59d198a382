// SPDX-License-Identifier: MIT
#include "controlplane/metrics/call_statistics.hpp"

#include <algorithm>
#include <array>

namespace junctor::cp {
namespace {

using management::v1::CallRecord;

constexpr std::array kDurations{1.0,   5.0,   15.0,   30.0,   60.0,   120.0,
                                300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0};
constexpr std::array kDelays{0.1, 0.25, 0.5,  1.0,  2.0,  3.0,  5.0,
                             8.0, 13.0, 20.0, 30.0, 60.0, 120.0};
// Where users are satisfied, some, many, nearly all dissatisfied (G.107, Annex B): 4.03 3.6 3.1 2.58.
constexpr std::array kMos{1.5, 2.0, 2.58, 3.1, 3.6, 3.8, 4.03, 4.2, 4.34, 4.5};
constexpr std::array kJitters{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2};

// Clocks may have been set back in between.
double seconds_between(std::uint64_t from_ms, std::uint64_t to_ms) {
  return to_ms <= from_ms ? 0.0 : static_cast<double>(to_ms - from_ms) / 1000;
}

struct Family {
  std::string_view name;
  std::string_view help;
  Histogram CallStatistics::Sums::*member;
};
constexpr Family kFamilies[] = {
    {"junctor_call_duration_seconds", "Answered calls that ended, by their time from the answer.",
     &CallStatistics::Sums::duration_s},
    {"junctor_call_answer_delay_seconds",
     "Answered calls that ended, by their time from the INVITE to the answer.",
     &CallStatistics::Sums::answer_delay_s},
    {"junctor_call_post_dial_delay_seconds",
     "Calls that ended, by the time from the INVITE until the caller heard that it rings, or the "
     "answer.",
     &CallStatistics::Sums::dial_delay_s},
    {"junctor_call_mos",
     "Calls that ended, by the mean opinion score (G.107) of what this side sent.",
     &CallStatistics::Sums::mos},
    {"junctor_call_jitter_seconds",
     "Calls that ended, by the interarrival jitter (RFC 3550) of what this side sent.",
     &CallStatistics::Sums::jitter_s},
};

}  // namespace

CallStatistics::Sums::Sums()
    : duration_s(kDurations),
      answer_delay_s(kDelays),
      dial_delay_s(kDelays),
      mos(kMos),
      jitter_s(kJitters) {}

void CallStatistics::add(const CallRecord& record) {
  if (!record.trunk_in().empty()) add(record, {record.trunk_in(), false}, 0);
  if (!record.trunk_out().empty()) add(record, {record.trunk_out(), true}, 1);
}

void CallStatistics::add(const CallRecord& record, Side side, int leg) {
  Sums& sums = sides_[std::move(side)];
  const std::uint64_t answered = record.answered_unix_ms();
  const std::uint64_t ringing = record.ringing_unix_ms() != 0 ? record.ringing_unix_ms() : answered;
  if (ringing != 0) sums.dial_delay_s.observe(seconds_between(record.started_unix_ms(), ringing));
  if (answered != 0) {
    sums.answer_delay_s.observe(seconds_between(record.started_unix_ms(), answered));
    sums.duration_s.observe(seconds_between(answered, record.ended_unix_ms()));
  }
  if (record.media_size() <= leg || record.media(leg).packets_received() == 0) return;
  const media::v1::LegStatistics& media = record.media(leg);
  sums.packets_received += media.packets_received();
  sums.packets_lost += static_cast<std::uint64_t>(std::max<std::int64_t>(media.packets_lost(), 0));
  sums.jitter_s.observe(media.jitter_us() / 1e6);
  if (media.mos_x100() != 0) sums.mos.observe(media.mos_x100() / 100.0);
}

void CallStatistics::write(Exposition& out) const {
  const auto labels = [](const Side& side) {
    return std::array<Label, 2>{{{"trunk", side.trunk}, {"direction", side.is_out ? "out" : "in"}}};
  };
  for (const Family& family : kFamilies) {
    out.family(family.name, Exposition::Kind::Histogram, family.help);
    for (const auto& [side, sums] : sides_) (sums.*family.member).write(out, labels(side));
  }
  const auto total = [&](std::string_view name, std::string_view help,
                         std::uint64_t Sums::*member) {
    out.family(name, Exposition::Kind::Counter, help);
    for (const auto& [side, sums] : sides_)
      out.sample({}, labels(side), static_cast<double>(sums.*member));
  };
  total("junctor_call_received_packets_total",
        "RTP packets that came from this side, of calls that ended.", &Sums::packets_received);
  total("junctor_call_lost_packets_total",
        "RTP packets that this side sent and that did not arrive, of calls that ended.",
        &Sums::packets_lost);
}

}  // namespace junctor::cp
