// SPDX-License-Identifier: MIT
#include "platform/config/read_message.hpp"

#include <gtest/gtest.h>

#include "media/v1/media.pb.h"

namespace junctor::config {
namespace {

// Fields that the configuration does not have, but the reader knows: media/v1 stands in.
template <typename Message>
std::vector<Finding> read(const std::string& text, Message& message) {
  const auto json = read_json(text);
  EXPECT_TRUE(std::holds_alternative<Json>(json)) << text;
  Findings findings;
  read_message(std::get<Json>(json), "", message, findings);
  return findings.take();
}

TEST(ReadMessage, ReadsNumbersOf64BitsInBothForms) {
  media::v1::LegStatistics leg;
  EXPECT_TRUE(
      read(R"({"packets_received": 18446744073709551615, "octets_received": "18446744073709551615",
                       "packets_lost": "-9223372036854775808"})",
           leg)
          .empty());
  EXPECT_EQ(leg.packets_received(), UINT64_MAX);
  EXPECT_EQ(leg.octets_received(), UINT64_MAX);
  EXPECT_EQ(leg.packets_lost(), INT64_MIN);
}

TEST(ReadMessage, RefusesNumbersThatDoNotFit) {
  const struct {
    const char* text;
    const char* reason;
  } rows[] = {
      {R"({"packets_received": 18446744073709551616})",
       "18446744073709551616 is outside 0..18446744073709551615"},
      {R"({"packets_received": -1})", "-1 is outside 0..18446744073709551615"},
      {R"({"packets_received": ""})", "\"\" is no whole number"},
      {R"({"packets_received": "1x"})", "\"1x\" is no whole number"},
      {R"({"jitter_us": 4294967296})", "4294967296 is outside 0..4294967295"},
      {R"({"jitter_us": 1.5})", "\"1.5\" is no whole number"},
      {R"({"jitter_us": "1"})", "a whole number is expected, a string is there"},
      {R"({"jitter_us": []})", "a whole number is expected, a list is there"},
  };
  for (const auto& row : rows) {
    media::v1::LegStatistics leg;
    const auto findings = read(row.text, leg);
    ASSERT_EQ(findings.size(), 1U) << row.text;
    EXPECT_EQ(findings[0].reason, row.reason);
  }
}

TEST(ReadMessage, NullIsLeftOutAndMistakesLeaveTheRest) {
  media::v1::Session session;
  const auto findings = read(
      R"({"id": null, "generation": "x", "legs": [null, {"rtcp_mux": true, "ssrc": 3}]})", session);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].path, "generation");
  EXPECT_EQ(findings[1].path, "legs[0]");
  EXPECT_EQ(findings[1].reason, "an object is expected, null is there");
  EXPECT_EQ(session.id(), "");
  ASSERT_EQ(session.legs_size(), 1);
  EXPECT_TRUE(session.legs(0).rtcp_mux());
  EXPECT_EQ(session.legs(0).ssrc(), 3U);
}

}  // namespace
}  // namespace junctor::config
