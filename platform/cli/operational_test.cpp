// SPDX-License-Identifier: MIT
// The commands of operation as they are typed, on a gateway that is played by the test.
#include <fstream>
#include <sstream>

#include "platform/cli/gateway_language.hpp"
#include "platform/cli/test_gateway.hpp"
#include "platform/console/help.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using testing::HasSubstr;

using OperationalTest = GatewayLanguageTest;

TEST_F(OperationalTest, AWordOfACommandIsNoName) {
  EXPECT_THAT(type({"show calls history"}), HasSubstr("4711"));
  EXPECT_THAT(type({"show calls history last 3"}), HasSubstr("4711"));
}

TEST_F(OperationalTest, OperatesOnCallsAndTrunks) {
  EXPECT_THAT(type({"show calls brief"}), HasSubstr("id= trunk= number= "));
  EXPECT_THAT(type({"show calls detail"}), HasSubstr("call id= trunk= number=\n"));
  EXPECT_THAT(type({"show calls trunk pbx"}), HasSubstr("id= trunk=pbx number= "));
  EXPECT_THAT(type({"show calls number _030."}), HasSubstr("id= trunk= number=_030. "));
  EXPECT_THAT(type({"show calls 3f2a"}), HasSubstr("id=3f2a trunk= number= "));
  EXPECT_THAT(type({"show calls history failed last 3"}), HasSubstr("4711"));
  EXPECT_THAT(type({"show calls history last x"}), HasSubstr("a number, 1 or more"));
  EXPECT_EQ(type({"clear call 3f2a"}), "call 3f2a from  to  is cleared\n");
  EXPECT_EQ(type({"trunk pbx drain"}), "trunk pbx drains, 1 call is left\n");
  EXPECT_EQ(type({"trunk pbx enable"}), "trunk pbx takes calls\n");
  EXPECT_THAT(type({"trunk pbx enable | json"}), HasSubstr("\"name\": \"pbx\""));
}

TEST_F(OperationalTest, TakesNoWordOfACommandForAName) {
  EXPECT_EQ(type({"show media call"}), "% incomplete\n");
  EXPECT_THAT(type({"show calls trunk"}), HasSubstr("incomplete"));
  type({"show media call 3f2a"});
  EXPECT_EQ(gateway_.asked_media.call_id(), "3f2a");
  type({"show media 3f2b"});
  EXPECT_EQ(gateway_.asked_media.call_id(), "3f2b");
}

TEST_F(OperationalTest, OffersTheNewestCalls) {
  for (const std::string line : {"show calls 3", "show media call 3", "show trace 3",
                                 "clear call 3", "trace sip call 3", "capture start call 3"}) {
    const console::Help help = console::help_at(line, language_);
    ASSERT_FALSE(help.candidates.empty()) << line;
    EXPECT_EQ(help.candidates.front().word, "3f2a9c") << line;
    EXPECT_EQ(help.candidates.front().help, "2001 to 1001, established") << line;
  }
}

TEST_F(OperationalTest, TracesCallsThatFit) {
  EXPECT_THAT(type({"trace sip number 4711 trunk pbx last 3 full"}), HasSubstr("Digest f00d"));
  EXPECT_EQ(gateway_.asked_trace.number(), "4711");
  EXPECT_EQ(gateway_.asked_trace.trunk(), "pbx");
  EXPECT_EQ(gateway_.asked_trace.last(), 3u);
  EXPECT_THAT(type({"trace sip"}), HasSubstr("call ended"));
  type({"trace sip call c1 full"});
  EXPECT_EQ(gateway_.asked_trace.call_id(), "c1");
  EXPECT_THAT(type({"trace sip call none"}), HasSubstr("nothing is kept of it"));
  EXPECT_THAT(type({"trace sip last none"}), HasSubstr("a number, 1 or more"));
  EXPECT_THAT(type({"trace sip trunk"}), HasSubstr("incomplete"));
  EXPECT_THAT(type({"trace sip live | json"}), HasSubstr("live has no JSON"));
}

TEST_F(OperationalTest, AsksForDetailsForAWhile) {
  const struct {
    const char *line, *category;
    std::uint32_t seconds;
  } rows[] = {{"debug sip", "sip", 300},
              {"debug sip for 90s", "sip", 90},
              {"debug media for 5m", "media", 300},
              {"debug all for 1h", "", 3600},
              {"debug all for 7", "", 420},
              {"debug off", "", 0}};
  for (const auto& row : rows) {
    type({row.line});
    EXPECT_EQ(gateway_.asked_debug.category(), row.category) << row.line;
    EXPECT_EQ(gateway_.asked_debug.seconds(), row.seconds) << row.line;
  }
  for (const char* line : {"debug sip for 2h", "debug sip for 0", "debug sip for 3601s",
                           "debug sip for 5d", "debug sip for 4294967297m"})
    EXPECT_THAT(type({line}), HasSubstr("an hour at most")) << line;
  EXPECT_THAT(type({"debug nothing"}), HasSubstr("unknown word"));
  EXPECT_THAT(type({"debug off for 5m"}), HasSubstr("nothing may follow"));
}

TEST_F(OperationalTest, TellsSupportEverythingButSecrets) {
  const std::string text = type({"show tech-support"});
  for (const char* wanted : {"======== show version ========", "set trunk pbx",
                             "======== show trunk pbx ========", "said 299",
                             "... 100 more lines are left out", "Authorization: ***"})
    EXPECT_THAT(text, HasSubstr(wanted));
  EXPECT_THAT(text, testing::Not(HasSubstr("f00d")));
  EXPECT_THAT(text, testing::Not(HasSubstr("said 300")));
  const ipc::TempDir folder;
  EXPECT_THAT(type({"save tech-support " + (folder / "support")}),
              testing::StartsWith((folder / "support") + ": "));
  std::stringstream saved;
  saved << std::ifstream(folder / "support").rdbuf();
  EXPECT_EQ(saved.str(), text);
  EXPECT_THAT(type({"save tech-support " + (folder / "none/support")}),
              HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace junctor::cli
