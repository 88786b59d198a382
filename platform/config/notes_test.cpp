// SPDX-License-Identifier: MIT
#include "platform/config/notes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace junctor::config {
namespace {

using ::testing::ElementsAre;

TEST(Notes, OfLiteralsThatAreMeantAsPatterns) {
  v1::Config config;
  const auto add_route = [&](const char* name, const char* called) {
    config.add_routes()->set_name(name);
    config.mutable_routes()->rbegin()->set_called(called);
  };
  add_route("meant", "5XXX");
  add_route("good", "_5XXX");
  add_route("number", "5000");
  v1::NumberPlan& plan = *config.add_number_plans();
  plan.set_name("in");
  plan.add_rules()->set_name("local");
  plan.mutable_rules(0)->set_match("0ZX.");
  EXPECT_THAT(notes_of(config),
              ElementsAre("route meant: called 5XXX is a literal; patterns begin with _ (_5XXX)",
                          "number plan in, rule local: match 0ZX. is a literal; patterns begin "
                          "with _ (_0ZX.)"));
}

}  // namespace
}  // namespace junctor::config
