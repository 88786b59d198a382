// SPDX-License-Identifier: MIT
// Words that hands know from other consoles, where they have them.
#include "platform/cli/test_gateway.hpp"

namespace junctor::cli {
namespace {

using testing::HasSubstr;

TEST_F(GatewayLanguageTest, EndIsNothingOutsideAndLeavesFromAnywhere) {
  EXPECT_EQ(type({"end"}), "");
  EXPECT_EQ(type({"conf t", "edit trunk pbx", "end"}), "");
  EXPECT_EQ(language_.prompt(), "gw> ");
  type({"configure", "set media dscp 10"});
  EXPECT_THAT(type({"end"}), HasSubstr("not committed"));
  EXPECT_EQ(type({"end"}), "") << "told twice";
  EXPECT_EQ(language_.prompt(), "gw> ");
}

TEST_F(GatewayLanguageTest, WriteIsCommitWithinAndNothingOutside) {
  EXPECT_THAT(type({"wr", "write memory"}), HasSubstr("kept already"));
  EXPECT_EQ(gateway_.revisions.size(), 1u);
  type({"configure", "set media dscp 10"});
  EXPECT_EQ(type({"wr mem"}), "revision 2 holds\n! a commit is kept; write does no more\n");
  EXPECT_EQ(gateway_.revisions.back().media().dscp(), 10u);
  type({"set route all to none"});
  EXPECT_THAT(type({"write"}),
              testing::AllOf(HasSubstr("has mistakes"), testing::Not(HasSubstr("does no more"))));
}

TEST_F(GatewayLanguageTest, DoIsRunAndShowRunIsTheConfiguration) {
  const std::string configuration = type({"show configuration"});
  EXPECT_EQ(type({"show run"}), configuration);
  EXPECT_EQ(type({"configure", "do show run"}), configuration);
  EXPECT_THAT(type({"do configure"}), HasSubstr("no command to run from here"));
}

TEST_F(GatewayLanguageTest, UndebugAllEndsDebugging) {
  type({"debug sip for 90s"});
  EXPECT_EQ(gateway_.asked_debug.seconds(), 90u);
  type({"undebug all"});
  EXPECT_EQ(gateway_.asked_debug.seconds(), 0u);
  EXPECT_EQ(gateway_.asked_debug.category(), "");
}

TEST_F(GatewayLanguageTest, ExitGoesBackToWhereEditWas) {
  type({"configure", "edit trunk pbx"});
  EXPECT_EQ(language_.prompt(), "gw(config trunk pbx)# ");
  type({"edit peer 10.0.0.2"});
  EXPECT_EQ(language_.prompt(), "gw(config trunk pbx peer 10.0.0.2)# ");
  type({"exit"});
  EXPECT_EQ(language_.prompt(), "gw(config trunk pbx)# ");
  type({"exit"});
  EXPECT_EQ(language_.prompt(), "gw(config)# ");
  type({"exit"});
  EXPECT_EQ(language_.prompt(), "gw> ");
}

TEST_F(GatewayLanguageTest, UpGoesSoManyWords) {
  type({"configure", "edit trunk pbx", "edit peer 10.0.0.2", "up 3"});
  EXPECT_EQ(language_.prompt(), "gw(config trunk)# ");
  EXPECT_EQ(type({"exit"}), "");
  EXPECT_EQ(language_.prompt(), "gw(config)# ") << "not deeper again";
  EXPECT_THAT(type({"up x"}), HasSubstr("a number, 1 or more"));
  type({"edit trunk pbx", "up 9"});
  EXPECT_EQ(language_.prompt(), "gw(config)# ");
}

TEST_F(GatewayLanguageTest, TopDoesACommandThere) {
  type({"configure", "edit trunk pbx"});
  EXPECT_EQ(type({"top set media dscp 10", "top show media"}), "set media dscp 10\n");
  EXPECT_EQ(language_.prompt(), "gw(config trunk pbx)# ");
  EXPECT_THAT(type({"top set media dscp 99"}), HasSubstr("99 is outside 0..63: 99"));
  EXPECT_THAT(type({"top commit"}), HasSubstr("unknown word"));
  type({"top edit media"});
  EXPECT_EQ(language_.prompt(), "gw(config media)# ");
  type({"exit"});
  EXPECT_EQ(language_.prompt(), "gw(config trunk pbx)# ");
  type({"top"});
  EXPECT_EQ(language_.prompt(), "gw(config)# ");
}

TEST_F(GatewayLanguageTest, RollbackZeroForgetsWhatWasChanged) {
  type({"configure", "set media dscp 10"});
  EXPECT_EQ(type({"rollback 0", "show | compare"}), "");
}

}  // namespace
}  // namespace junctor::cli
