// SPDX-License-Identifier: MIT
#include "platform/cli/monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace junctor::cli {
namespace {

using management::v1::Reply;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kNow = 1'700'000'000'000;

Reply calls(std::uint64_t begun) {
  Reply reply;
  auto& summary = *reply.mutable_call_summary();
  summary.set_calls(3);
  summary.set_begun(begun);
  summary.add_states()->set_state("established");
  summary.mutable_states(0)->set_calls(2);
  summary.add_states()->set_state("alerting");
  summary.mutable_states(1)->set_calls(1);
  reply.add_calls()->set_id("newest");
  return reply;
}

TEST(CallsView, CountsByStateAndTrunk) {
  Reply trunks;
  trunks.add_trunks()->set_name("pbx");
  trunks.mutable_trunks(0)->set_calls(7);
  CallsView view;
  EXPECT_THAT(view.draw(calls(100), trunks, kNow), HasSubstr("3 calls, - new a second"));
  const std::string text = view.draw(calls(130), trunks, kNow + 2'000);
  EXPECT_THAT(text, HasSubstr("3 calls, 15.0 new a second, 130 since the start\n"
                              "established 2, alerting 1\n"));
  EXPECT_THAT(text, HasSubstr("pbx"));
  EXPECT_THAT(text, HasSubstr("newest"));
  EXPECT_THAT(view.draw(calls(1), trunks, kNow + 3'000), HasSubstr("- new a second"))
      << "it was started anew";
}

Reply ports(std::uint64_t packets) {
  Reply reply;
  auto& port = *reply.add_ports();
  port.set_name("lan");
  port.set_link_up(true);
  port.set_packets_received(packets);
  port.set_octets_received(packets * 200);
  auto& worker = *reply.add_workers();
  worker.set_core(2);
  worker.set_busy_permille(123);
  worker.set_packets(packets);
  return reply;
}

Reply counters(std::uint64_t wrong_source) {
  Reply reply;
  const auto add = [&reply](const char* name, const char* severity, std::uint64_t value) {
    auto& counter = *reply.add_counters();
    counter.set_name(name);
    counter.set_severity(severity);
    counter.set_value(value);
  };
  add("rtp_relay.wrong_source", "warning", wrong_source);
  add("rtp_relay.relayed", "info", wrong_source * 100);
  add("rtp_relay.too_short", "error", 9);
  return reply;
}

TEST(TrafficView, ShowsWhatChangedInASecond) {
  TrafficView view;
  view.draw(ports(1'000), counters(5), kNow);
  const std::string text = view.draw(ports(51'000), counters(25), kNow + 2'000);
  EXPECT_THAT(text, testing::ContainsRegex("lan +up +25.0 k +40.0 M +0 +0 +0 +0"));
  EXPECT_THAT(text, testing::ContainsRegex("2 +12.3 % +25.0 k"));
  EXPECT_THAT(text, testing::ContainsRegex("rtp_relay.wrong_source +10 +25"));
  EXPECT_THAT(text, Not(HasSubstr("relayed"))) << "no fault";
  EXPECT_THAT(text, Not(HasSubstr("too_short"))) << "not now";
}

TEST(TrafficView, KnowsNoRateAtFirst) {
  TrafficView view;
  const std::string text = view.draw(ports(1'000), counters(5), kNow);
  EXPECT_THAT(text, testing::ContainsRegex("lan +up +- +- +-"));
  EXPECT_THAT(text, HasSubstr("nothing was dropped"));
}

TEST(Figures, HaveUnits) {
  const struct {
    double value;
    const char* text;
  } rows[] = {
      {0, "0"}, {9'999, "9999"}, {10'000, "10.0 k"}, {12'345'678, "12.3 M"}, {2e11, "200.0 G"}};
  for (const auto& row : rows) EXPECT_EQ(figure_text(row.value), row.text);
}

}  // namespace
}  // namespace junctor::cli
