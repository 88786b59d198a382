// SPDX-License-Identifier: MIT
#include "controlplane/routing/number_plan.hpp"

#include <algorithm>

namespace junctor::cp {
namespace {

std::string_view word_of(NumberPlan::Which which) {
  return which == NumberPlan::Which::Called ? "called" : "calling";
}

bool is_about(const config::v1::NumberRule& rule, NumberPlan::Which which) {
  const bool is_called = which == NumberPlan::Which::Called;
  return rule.number() != (is_called ? config::v1::CALLING : config::v1::CALLED);
}

}  // namespace

Result<NumberPlan> NumberPlan::make(const config::v1::NumberPlan& config) {
  NumberPlan plan;
  plan.name_ = config.name();
  for (const auto& rule : config.rules()) {
    auto pattern = config::NumberPattern::parse(rule.match());
    if (!pattern)
      return Error{"number plan " + config.name() + " rule " + rule.name(), pattern.error().text()};
    plan.rules_.push_back({rule, std::move(*pattern)});
  }
  return plan;
}

NumberPlan::Fit NumberPlan::apply(const Rule& rule, Which which, std::string_view number,
                                  std::string& out) {
  if (!is_about(rule.config, which)) return Fit::OfOtherNumber;
  if (!rule.pattern.matches(number)) return Fit::NoMatch;
  if (rule.pattern.text().starts_with('_') && !config::is_number(number)) return Fit::Name;
  out = rule.config.prefix();
  out += number.substr(std::min<std::size_t>(rule.config.strip(), number.size()));
  return out.empty() ? Fit::NothingLeft : Fit::Fits;
}

std::string NumberPlan::sentence(const Rule& rule, Which which, Fit fit, std::string_view number,
                                 const std::string& out) {
  const std::string& pattern = rule.pattern.text();
  const std::string what = std::string(word_of(which)) + " " + std::string(number) + ": ";
  switch (fit) {
    case Fit::Fits:
      return what + pattern + " matches, becomes " + out;
    case Fit::OfOtherNumber:
      return what + "the rule is about the other number";
    case Fit::NoMatch:
      return what + pattern + " does not match";
    case Fit::Name:
      return what + "is a name, and " + pattern + " is for numbers";
    case Fit::NothingLeft:
      return what + pattern + " matches, but nothing would be left";
  }
  return what;
}

std::string NumberPlan::rewrite(Which which, std::string_view number, RouteSteps* steps) const {
  if (number.empty()) return {};
  for (const Rule& rule : rules_) {
    std::string out;
    const Fit fit = apply(rule, which, number, out);
    if (steps != nullptr) {
      steps->push_back({"number-plan", name_ + " " + rule.config.name(), fit == Fit::Fits,
                        sentence(rule, which, fit, number, out)});
    }
    if (fit == Fit::Fits) return out;
  }
  return std::string(number);
}

}  // namespace junctor::cp
