// SPDX-License-Identifier: MIT
// NumberPlan: how numbers are rewritten as they come from a trunk or go to it.
//
//   called 0049301234 --> [rule 1: _0049. no] --> [rule 2: _00. strip 2 prefix +] --> +49301234
//
// For each number the first rule that fits. A rule that would leave nothing of a number does not
// fit it. A name (alice, anonymous) is no number: only a rule that has it as its match fits.
//
// Threads   a value; rewrite() changes nothing.
// Errors    a pattern that cannot be read names its rule.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"
#include "platform/config/number_pattern.hpp"

namespace junctor::cp {

// What was looked at on the way to a decision about a call, for who asks why.
struct RouteStep {
  std::string kind;  // "number-plan", "route", "trunk", "peer"
  std::string name;
  bool fits = false;
  std::string why;  // a sentence without a full stop
};
using RouteSteps = std::vector<RouteStep>;

class NumberPlan {
 public:
  enum class Which : std::uint8_t { Called, Calling };

  static Result<NumberPlan> make(const config::v1::NumberPlan& config);

  const std::string& name() const { return name_; }
  // The number as it goes on. steps: is told of each rule that was looked at.
  std::string rewrite(Which which, std::string_view number, RouteSteps* steps = nullptr) const;

 private:
  struct Rule {
    config::v1::NumberRule config;
    config::NumberPattern pattern;
  };
  enum class Fit : std::uint8_t { Fits, OfOtherNumber, NoMatch, Name, NothingLeft };
  // out: what the rule makes of a number that it fits.
  static Fit apply(const Rule& rule, Which which, std::string_view number, std::string& out);
  static std::string sentence(const Rule& rule, Which which, Fit fit, std::string_view number,
                              const std::string& out);

  std::string name_;
  std::vector<Rule> rules_;
};
using NumberPlanPtr = std::shared_ptr<const NumberPlan>;

}  // namespace junctor::cp
