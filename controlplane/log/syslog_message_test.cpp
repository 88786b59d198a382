// SPDX-License-Identifier: MIT
#include "controlplane/log/syslog_message.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace junctor::cp {
namespace {

const SyslogNames kNames{"gw", "4711", "junctor-control"};

LogRing::Entry entry(LogLevel level, const std::string& category, const std::string& text,
                     const std::string& program = "junctor-control") {
  return {1, program, {std::chrono::microseconds{1'700'000'000'000'042}, level, category, text}};
}

TEST(SyslogMessage, FollowsRfc5424) {
  const struct {
    const char* sentence;
    LogRing::Entry entry;
    SyslogNames names;
    const char* message;
  } rows[] = {
      {"a line of ours", entry(LogLevel::Info, "trunk", "peer is up trunk=pbx"), kNames,
       "<134>1 2023-11-14T22:13:20.000042Z gw junctor-control 4711 trunk - peer is up trunk=pbx"},
      {"severities", entry(LogLevel::Error, "trunk", "x"), kNames,
       "<131>1 2023-11-14T22:13:20.000042Z gw junctor-control 4711 trunk - x"},
      {"the process of the other plane is not known",
       entry(LogLevel::Debug, "port", "x", "junctor-dataplane"), kNames,
       "<135>1 2023-11-14T22:13:20.000042Z gw junctor-dataplane - port - x"},
      {"what is missing is nil",
       entry(LogLevel::Warning, "", ""),
       {"", "", "junctor-control"},
       "<132>1 2023-11-14T22:13:20.000042Z - junctor-control - - - "},
      {"names are printable and without blanks",
       entry(LogLevel::Warning, "a b", "x"),
       {"g w\x01", "1", "junctor-control"},
       "<132>1 2023-11-14T22:13:20.000042Z g_w_ junctor-control 1 a_b - x"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(syslog_message(row.entry, row.names), row.message) << row.sentence;
}

TEST(SyslogMessage, IsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 3000) text += "\xc3\xa4";
  for (const char* lead : {"", "x"}) {
    const std::string out = syslog_message(entry(LogLevel::Info, "sip", lead + text), kNames);
    EXPECT_LE(out.size(), kMaxSyslogBytes);
    EXPECT_GE(out.size(), kMaxSyslogBytes - 1);
    EXPECT_EQ(out.back(), '\xa4');
  }
}

TEST(SyslogMessage, IsCountedOnAStream) { EXPECT_EQ(octet_counted("<134>1 x"), "8 <134>1 x"); }

}  // namespace
}  // namespace junctor::cp
