// SPDX-License-Identifier: MIT
#include "controlplane/routing/number_plan.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

using Which = NumberPlan::Which;

struct RuleText {
  std::string match;
  std::uint32_t strip = 0;
  std::string prefix = {};
  config::v1::NumberKind number = config::v1::BOTH;
};

config::v1::NumberPlan plan_of(const std::vector<RuleText>& rules) {
  config::v1::NumberPlan plan;
  plan.set_name("p");
  for (const RuleText& text : rules) {
    auto& rule = *plan.add_rules();
    rule.set_name("r" + std::to_string(plan.rules_size()));
    rule.set_match(text.match);
    rule.set_strip(text.strip);
    rule.set_prefix(text.prefix);
    rule.set_number(text.number);
  }
  return plan;
}

NumberPlan make(const std::vector<RuleText>& rules) {
  auto plan = NumberPlan::make(plan_of(rules));
  EXPECT_TRUE(plan.ok());
  return std::move(*plan);
}

TEST(NumberPlan, TakesTheFirstRuleThatFits) {
  const NumberPlan plan = make({{"_00.", 2, "+"},
                                {"_0X.", 1, "+49", config::v1::CALLED},
                                {"_0X.", 1, "0049", config::v1::CALLING},
                                {"_9.", 1, "", config::v1::CALLED},
                                {"_99", 20},
                                {"_7X!", 20, "112"},
                                {"alice", 0, "x"},
                                {"anonymous", 20, "0"}});
  struct Row {
    const char* sentence;
    Which which;
    std::string number, becomes;
  };
  const Row rows[] = {
      {"digits off and on", Which::Called, "00491", "+491"},
      {"of both numbers", Which::Calling, "00491", "+491"},
      {"the called one only", Which::Called, "0301", "+49301"},
      {"the calling one only", Which::Calling, "0301", "0049301"},
      {"no rule", Which::Called, "1001", "1001"},
      {"no number", Which::Calling, "", ""},
      {"a rule that is about the other number is passed over", Which::Calling, "91", "91"},
      {"strip takes no more than there is", Which::Called, "75", "112"},
      {"what would leave nothing does not fit", Which::Calling, "99", "99"},
      {"a name is changed by a rule for it", Which::Calling, "alice", "xalice"},
      {"so is nobody's", Which::Calling, "anonymous", "0"},
      {"separators belong to a number", Which::Called, "00-49(30)1", "+-49(30)1"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    EXPECT_EQ(plan.rewrite(row.which, row.number), row.becomes);
  }
}

TEST(NumberPlan, LeavesNamesToRulesThatNameThem) {
  const NumberPlan plan = make({{"_.", 0, "+49"}});
  struct Row {
    std::string number, becomes;
  };
  const Row rows[] = {
      {"301", "+49301"},          {"*21#", "+49*21#"}, {"+1", "+49+1"}, {"alice", "alice"},
      {"anonymous", "anonymous"}, {"12a", "12a"},      {"+", "+"},      {"1 2", "1 2"}};
  for (const Row& row : rows) EXPECT_EQ(plan.rewrite(Which::Calling, row.number), row.becomes);
}

TEST(NumberPlan, SaysWhyEachRuleFitsOrNot) {
  const NumberPlan plan =
      make({{"_1XX"}, {"_5.", 0, "", config::v1::CALLED}, {"_5", 9}, {"_5!", 0, "0"}, {"_5."}});
  RouteSteps steps;
  EXPECT_EQ(plan.rewrite(Which::Calling, "5", &steps), "05");
  std::string text;
  for (const RouteStep& step : steps)
    text += step.name + (step.fits ? " yes " : " no ") + step.why + "\n";
  EXPECT_EQ(text,
            "p r1 no calling 5: _1XX does not match\n"
            "p r2 no calling 5: the rule is about the other number\n"
            "p r3 no calling 5: _5 matches, but nothing would be left\n"
            "p r4 yes calling 5: _5! matches, becomes 05\n");
  steps.clear();
  EXPECT_EQ(plan.rewrite(Which::Calling, "5b", &steps), "5b");
  EXPECT_EQ(steps.at(3).why, "calling 5b: is a name, and _5! is for numbers");
}

TEST(NumberPlan, NamesTheRuleThatCannotBeRead) {
  const auto plan = NumberPlan::make(plan_of({{"_1"}, {"_[1-"}}));
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().text().find("number plan p rule r2: "), std::string::npos)
      << plan.error().text();
}

}  // namespace
}  // namespace junctor::cp
