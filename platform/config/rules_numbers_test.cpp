// SPDX-License-Identifier: MIT
// Number plans and codec profiles that contradict themselves or others.
#include <gtest/gtest.h>

#include "platform/config/config.hpp"

namespace junctor::config {
namespace {

v1::Config good() {
  const Parsed parsed = parse_json(R"({
    "interfaces": [{"name": "lan", "device": "net_tap0", "addresses": ["192.0.2.1/24"]}],
    "media": {"codec_profiles": [{"name": "narrow", "codecs": ["PCMA", "telephone-event"]}]},
    "sip": {"listeners": [{"name": "lan", "address": "192.0.2.1"}]},
    "trunks": [{"name": "pbx", "listener": "lan", "peers": [{"address": "192.0.2.20"}],
                "codec_profile": "narrow", "number_plan_in": "in", "number_plan_out": "in"}],
    "number_plans": [{"name": "in", "rules": [
      {"name": "a", "match": "_00.", "strip": 2, "prefix": "+"}]}],
    "routes": [{"name": "all", "called": "_.", "to": ["pbx"]}]})");
  EXPECT_TRUE(parsed.findings.empty()) << parsed.findings.at(0).text("");
  return parsed.config;
}

std::string findings_of(const v1::Config& config) {
  std::string text;
  for (const Finding& finding : validate(config))
    text += (text.empty() ? "" : "\n") + finding.path + ": " + finding.reason;
  return text;
}

TEST(NumberRules, NumberPlans) {
  struct RuleText {
    const char* match;
    std::uint32_t strip = 0;
    const char* prefix = "";
    v1::NumberKind number = v1::BOTH;
  };
  struct Row {
    const char* sentence;
    std::vector<RuleText> rules;
    std::string says;
  };
  const std::string kHidden0 =
      "number_plans[0].rules[1]: rule \"r1\" is never reached: rule \"r0\" takes every such number "
      "before it (";
  const Row rows[] = {
      {"the narrow before the wide", {{"_00."}, {"_0."}, {"_."}}, ""},
      {"the wide before the narrow", {{"_0."}, {"_00."}}, kHidden0 + "_0.)"},
      {"about the other number", {{"_0.", 0, "", v1::CALLED}, {"_00.", 0, "", v1::CALLING}}, ""},
      {"about one of both", {{"_0.", 0, "", v1::CALLED}, {"_00."}}, ""},
      {"about both before one", {{"_0."}, {"_00.", 0, "", v1::CALLED}}, kHidden0 + "_0.)"},
      {"a pattern takes no names", {{"_."}, {"alice"}}, ""},
      {"a number is no name", {{"_."}, {"4711"}}, kHidden0 + "_.)"},
      {"what one that leaves nothing leaves over", {{"_0.", 2}, {"_0X"}}, ""},
      {"nothing is left",
       {{"_0X", 2}},
       "number_plans[0].rules[0].strip: 2 leaves nothing of a number that _0X takes, and there is "
       "no prefix"},
      {"the prefix is left", {{"_0X", 3, "1"}}, ""},
      {"an open pattern may leave something", {{"_0X.", 3}}, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    v1::Config config = good();
    config.mutable_number_plans(0)->clear_rules();
    for (const RuleText& text : row.rules) {
      auto& rule = *config.mutable_number_plans(0)->add_rules();
      rule.set_name("r" + std::to_string(config.number_plans(0).rules_size() - 1));
      rule.set_match(text.match);
      if (text.strip != 0) rule.set_strip(text.strip);
      if (*text.prefix != '\0') rule.set_prefix(text.prefix);
      if (text.number != v1::BOTH) rule.set_number(text.number);
    }
    EXPECT_EQ(findings_of(config), row.says);
  }
}

TEST(NumberRules, CodecProfiles) {
  v1::Config both = good();
  both.mutable_trunks(0)->add_codecs("PCMU");
  EXPECT_EQ(findings_of(both), "trunks[0].codec_profile: a list of codecs is given as well");
  v1::Config voiceless = good();
  voiceless.mutable_media()->mutable_codec_profiles(0)->set_codecs(0, "CN");
  EXPECT_EQ(findings_of(voiceless), "media.codec_profiles[0].codecs: none of these carries voice");
  v1::Config twice = good();
  twice.mutable_media()->mutable_codec_profiles(0)->add_codecs("pcma");
  EXPECT_EQ(findings_of(twice), "media.codec_profiles[0].codecs[2]: \"pcma\" is there twice");
}

TEST(NumberRules, WhatIsReferredToMustBeThere) {
  v1::Config config = good();
  config.mutable_media()->clear_codec_profiles();
  config.clear_number_plans();
  EXPECT_EQ(findings_of(config),
            "trunks[0].codec_profile: \"narrow\" is not in media.codec_profiles\n"
            "trunks[0].number_plan_in: \"in\" is not in number_plans\n"
            "trunks[0].number_plan_out: \"in\" is not in number_plans");
}

}  // namespace
}  // namespace junctor::config
