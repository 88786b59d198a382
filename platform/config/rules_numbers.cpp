// SPDX-License-Identifier: MIT
// What the rules of a number plan must agree in.
#include <algorithm>
#include <vector>

#include "platform/config/number_pattern.hpp"
#include "platform/config/rules.hpp"

namespace junctor::config {
namespace {

struct Known {
  const v1::NumberRule* rule;
  NumberPattern pattern;
  std::string path;
};

// Whether it takes every number that the other would take.
bool hides(const Known& known, const v1::NumberRule& rule, const NumberPattern& pattern) {
  const bool is_wider = known.rule->number() == v1::BOTH || known.rule->number() == rule.number();
  // A rule that leaves nothing of a number does not take it; and a pattern takes no names.
  const bool takes_all = known.rule->strip() == 0 || !known.rule->prefix().empty();
  const bool is_of_numbers = known.pattern.text().starts_with('_');
  const bool is_name = !pattern.text().starts_with('_') && !is_number(pattern.text());
  return is_wider && takes_all && !(is_of_numbers && is_name) && known.pattern.covers(pattern);
}

void check_plan(const v1::NumberPlan& plan, const std::string& path, Findings& findings) {
  std::vector<Known> earlier;
  for (int i = 0; i < plan.rules_size(); ++i) {
    const v1::NumberRule& rule = plan.rules(i);
    auto pattern = NumberPattern::parse(rule.match());
    if (!pattern) continue;
    const std::string at = findings.element(join(path, "rules"), i);
    if (rule.prefix().empty() && rule.strip() > 0 && rule.strip() >= pattern->longest()) {
      findings.add(join(at, "strip"), std::to_string(rule.strip()) +
                                          " leaves nothing of a number that " + pattern->text() +
                                          " takes, and there is no prefix");
    }
    const auto hidden_by = std::ranges::find_if(
        earlier, [&](const Known& known) { return hides(known, rule, *pattern); });
    if (hidden_by != earlier.end()) {
      findings.add(at, "rule " + quote(rule.name()) + " is never reached: rule " +
                           quote(hidden_by->rule->name()) + findings.line_note(hidden_by->path) +
                           " takes every such number before it (" + hidden_by->rule->match() + ")");
    }
    earlier.push_back({&rule, *std::move(pattern), at});
  }
}

}  // namespace

void check_number_plans(const v1::Config& config, Findings& findings) {
  for (int i = 0; i < config.number_plans_size(); ++i)
    check_plan(config.number_plans(i), findings.element("number_plans", i), findings);
}

}  // namespace junctor::config
