// SPDX-License-Identifier: MIT
#include "platform/config/notes.hpp"

#include "platform/config/number_pattern.hpp"

namespace junctor::config {

std::vector<std::string> notes_of(const v1::Config& config) {
  std::vector<std::string> notes;
  const auto look_at = [&notes](const std::string& place, const std::string& text) {
    if (is_pattern_without_mark(text))
      notes.push_back(place + " " + text + " is a literal; patterns begin with _ (_" + text + ")");
  };
  for (const v1::Route& route : config.routes())
    look_at("route " + route.name() + ": called", route.called());
  for (const v1::NumberPlan& plan : config.number_plans())
    for (const v1::NumberRule& rule : plan.rules())
      look_at("number plan " + plan.name() + ", rule " + rule.name() + ": match", rule.match());
  return notes;
}

}  // namespace junctor::config
