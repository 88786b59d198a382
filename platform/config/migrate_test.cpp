// SPDX-License-Identifier: MIT
#include "platform/config/migrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/config/write_json.hpp"

namespace junctor::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> out;
  for (const Json::Member& member : object.members) out.push_back(member.key);
  return out;
}

Json read(std::string_view text) { return std::get<Json>(read_json(text)); }

TEST(Migrate, Step1TakesPortsOutOfTheDataplane) {
  Json root = read(R"({"dataplane": {"ports": [{"name": "lan"}], "max_legs": 100}, "sip": {}})");
  migrate_step(1, root);
  EXPECT_THAT(keys(root), ElementsAre("dataplane", "sip", "interfaces"));
  EXPECT_THAT(keys(root.members[0].value), ElementsAre("max_legs"));
  EXPECT_EQ(root.members[2].value.items.at(0).members.at(0).value.text, "lan");
}

TEST(Migrate, Step1ChangesNothingElse) {
  for (const std::string_view text :
       {R"({})", R"({"dataplane": 7})", R"({"dataplane": {"max_legs": 100}})",
        R"({"interfaces": [], "dataplane": {"ports": []}})", R"([])"}) {
    Json root = read(text);
    const std::vector<std::string> before = keys(root);
    migrate_step(1, root);
    EXPECT_EQ(keys(root), before) << text;
  }
}

TEST(Migrate, AWholeFileOfVersion1IsReadWithItsLines) {
  const Parsed parsed = parse_json(R"({
    "dataplane": {
      "ports": [{"name": "lan", "device": "net_null0", "addresses": ["10.0.0.1/24"], "mtu": 9}],
      "max_legs": 100},
    "sip": {"listeners": [{"name": "lan", "address": "10.0.0.1"}]}})");
  ASSERT_EQ(parsed.findings.size(), 1U);
  EXPECT_EQ(parsed.findings[0].text("gw"), "gw:3: interfaces[0].mtu: 9 is outside 576..9000");
  EXPECT_EQ(parsed.config.interfaces(0).name(), "lan");
}

TEST(Migrate, WhatIsWrittenSaysItsVersionAndIsReadAgain) {
  v1::Config config;
  config.mutable_sip()->set_max_calls(7);
  const std::string text = write_json(config);
  EXPECT_THAT(text, HasSubstr("{\n  \"version\": 2,\n  \"sip\": {"));
  Json root = read(text);
  EXPECT_FALSE(migrate(root));
  EXPECT_THAT(keys(root), ElementsAre("sip"));
  EXPECT_THAT(write_json(v1::Config{}), HasSubstr("\"version\": 2"));
}

TEST(Migrate, AVersionThatIsNoneOrOfALaterJunctorIsAFinding) {
  struct Row {
    std::string_view text, finding;
  };
  const Row rows[] = {
      {R"({"version": 3})", "gw:1: version: 3 is of a later Junctor; this one knows 2"},
      {R"({"version": 0})", "gw:1: version: a whole number, 1 or more, is expected"},
      {R"({"version": "2"})", "gw:1: version: a whole number, 1 or more, is expected"},
      {R"({"version": 1.5})", "gw:1: version: a whole number, 1 or more, is expected"},
      {R"({"version": 99999999999})", "gw:1: version: a whole number, 1 or more, is expected"},
  };
  for (const Row& row : rows) {
    const Parsed parsed = parse_json(row.text);
    ASSERT_FALSE(parsed.findings.empty()) << row.text;
    EXPECT_EQ(parsed.findings[0].text("gw"), row.finding);
  }
}

}  // namespace
}  // namespace junctor::config
