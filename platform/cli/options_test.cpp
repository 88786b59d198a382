// SPDX-License-Identifier: MIT
#include "platform/cli/options.hpp"

#include <gtest/gtest.h>

#include "platform/console/expand.hpp"

namespace junctor::cli {
namespace {

using Words = std::vector<std::string>;
using Completions = std::vector<console::Candidate>;
using Kind = console::Candidate::Kind;

Options options() {
  return Options({
      {"trunk", "of a trunk", "<trunk>",
       [] {
         return Completions{{"pbx", "", Kind::Value}};
       }},
      {"level", "and above", "<level>",
       [] {
         return Completions{{"info", ""}, {"error", ""}};
       },
       true},
      {"live", "as it passes"},
  });
}

Words candidates(const Words& words) {
  Words out;
  for (const auto& one : console::candidates_of(options().complete(words), {}))
    out.push_back(one.word);
  return out;
}

TEST(Options, EachOnceInAnyOrder) {
  EXPECT_EQ(candidates({}), (Words{"trunk", "level", "live"}));
  EXPECT_EQ(candidates({"live"}), (Words{"trunk", "level"}));
  EXPECT_EQ(candidates({"live", "trunk"}), (Words{"pbx", "<trunk>"}));
  EXPECT_EQ(candidates({"live", "trunk", "other"}), Words{"level"});
  EXPECT_EQ(candidates({"level"}), (Words{"info", "error"})) << "and nothing else";
  EXPECT_EQ(candidates({"other"}), Words{});
}

TEST(Options, TheLineMayEndWhereNoValueIsMissing) {
  EXPECT_TRUE(options().complete(Words{}).may_end);
  EXPECT_FALSE(options().complete(Words{"trunk"}).may_end);
  EXPECT_TRUE(options().complete(Words{"trunk", "live"}).may_end) << "a trunk of that name";
  EXPECT_FALSE(options().complete(Words{"other"}).may_end);
}

TEST(Options, AreRead) {
  const Options::Given given = options().read(Words{"live", "trunk", "level", "level", "info"});
  EXPECT_EQ(given, (Options::Given{{"live", ""}, {"trunk", "level"}, {"level", "info"}}));
  EXPECT_TRUE(options().read(Words{}).empty());
}

}  // namespace
}  // namespace junctor::cli
