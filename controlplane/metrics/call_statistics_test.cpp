// SPDX-License-Identifier: MIT
#include "controlplane/metrics/call_statistics.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

management::v1::CallRecord call(std::uint64_t ringing_ms, std::uint64_t answered_ms,
                                std::uint64_t ended_ms) {
  management::v1::CallRecord record;
  record.set_trunk_in("lan");
  record.set_trunk_out("pbx");
  record.set_started_unix_ms(1'000'000);
  if (ringing_ms != 0) record.set_ringing_unix_ms(1'000'000 + ringing_ms);
  if (answered_ms != 0) record.set_answered_unix_ms(1'000'000 + answered_ms);
  record.set_ended_unix_ms(1'000'000 + ended_ms);
  return record;
}

TEST(CallStatistics, SumsUpEachSide) {
  CallStatistics statistics;
  auto record = call(400, 2500, 62500);
  auto& in = *record.add_media();
  in.set_packets_received(3000);
  in.set_packets_lost(12);
  in.set_jitter_us(4000);
  in.set_mos_x100(412);
  auto& out = *record.add_media();
  out.set_packets_received(10);
  out.set_packets_lost(-3);  // more came than were sent: repeated ones (RFC 3550, 6.4.1)
  statistics.add(record);

  const auto& lan = statistics.sides().at({"lan", false});
  EXPECT_EQ(lan.duration_s.sum(), 60);
  EXPECT_EQ(lan.answer_delay_s.sum(), 2.5);
  EXPECT_EQ(lan.dial_delay_s.sum(), 0.4);
  EXPECT_EQ(lan.mos.sum(), 4.12);
  EXPECT_EQ(lan.jitter_s.sum(), 0.004);
  EXPECT_EQ(lan.packets_received, 3000u);
  EXPECT_EQ(lan.packets_lost, 12u);
  const auto& pbx = statistics.sides().at({"pbx", true});
  EXPECT_EQ(pbx.duration_s.count(), 1u);
  EXPECT_EQ(pbx.mos.count(), 0u) << "no score is no observation";
  EXPECT_EQ(pbx.packets_lost, 0u);
}

TEST(CallStatistics, CountsWhatACallHadOnly) {
  const struct {
    const char* what;
    management::v1::CallRecord record;
    std::uint64_t dialled, answered;
  } rows[] = {
      {"it rang, and nobody answered", call(300, 0, 9000), 1, 0},
      {"it was refused at once", call(0, 0, 100), 0, 0},
      {"it was answered without ringing", call(0, 200, 9000), 1, 1},
      {"the clock was set back", call(0, 200, 100), 1, 1},
  };
  for (const auto& row : rows) {
    CallStatistics statistics;
    statistics.add(row.record);
    const auto& side = statistics.sides().at({"lan", false});
    EXPECT_EQ(side.dial_delay_s.count(), row.dialled) << row.what;
    EXPECT_EQ(side.answer_delay_s.count(), row.answered) << row.what;
    EXPECT_EQ(side.duration_s.count(), row.answered) << row.what;
    EXPECT_EQ(side.mos.count(), 0u) << row.what;
    EXPECT_GE(side.duration_s.sum(), 0) << row.what;
  }
}

TEST(CallStatistics, ACallThatWentNowhereHasOneSide) {
  CallStatistics statistics;
  auto record = call(0, 0, 10);
  record.clear_trunk_out();
  statistics.add(record);
  EXPECT_EQ(statistics.sides().size(), 1u);
  Exposition out;
  statistics.write(out);
  EXPECT_NE(
      out.text().find("junctor_call_duration_seconds_count{trunk=\"lan\",direction=\"in\"} 0\n"),
      std::string::npos)
      << out.text();
}

}  // namespace
}  // namespace junctor::cp
