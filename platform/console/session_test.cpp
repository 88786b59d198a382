// SPDX-License-Identifier: MIT
// The whole console over a pseudo-terminal: what is typed, and what the screen shows then.
#include "platform/console/session.hpp"

#include <gtest/gtest.h>

#include "platform/console/test_session.hpp"

namespace junctor::console {
namespace {

class SessionOn : public testing::TestWithParam<const char*> {
 protected:
  Lab lab_{{.term = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Terminals, SessionOn, testing::Values("vt100", "dumb", "xterm"));

TEST_P(SessionOn, RunsWhatIsTyped) {
  lab_.expect("show calls\r", "toy> show calls\nran show calls\ntoy>");
  lab_.expect("sho cale | inc x\r", "toy> sho cale | inc x\ntoy>");
  lab_.expect("fail\r", "% it did not work\ntoy>");
  lab_.expect("# nothing\r\r", "toy> # nothing\ntoy>\ntoy>");
  EXPECT_EQ(lab_.leave(), "show calls\nshow calendar\nfail\n");
}

TEST_P(SessionOn, PutsACaretUnderTheWrongWord) {
  lab_.expect("show cows\r", "toy> show cows\n          ^\n% unknown word\ntoy>");
  lab_.expect("sh calls\r", "toy> sh calls\n     ^\n% ambiguous: show, shutdown\ntoy>");
  lab_.expect("set port 0\r", "toy> set port 0\n              ^\n% 0 is outside 1..65535\ntoy>");
  lab_.expect("show\r", "toy> show\n         ^\n% incomplete\ntoy>");
  EXPECT_EQ(lab_.leave(), "set port 0\n");
}

TEST_P(SessionOn, EditsWithTheKeysOfEmacs) {
  const struct {
    const char* sentence;
    std::string keys;
    const char* ran;
  } rows[] = {
      {"backspace", "show callx\x7fs", "show calls"},
      {"the other backspace", "show callx\bs", "show calls"},
      {"to the left and insert", "show cals" + std::string(kLeft) + "l", "show calls"},
      {"^A and ^E", "alls\x01show c\x05", "show calls"},
      {"home and end", "alls\x1b[Hshow c\x1b[F", "show calls"},
      {"delete", "xshow calls\x01\x1b[3~", "show calls"},
      {"^D within a line deletes", "xshow calls\x01\x04", "show calls"},
      {"^K", "show callsxxx" + std::string(kLeft) + kLeft + kLeft + "\x0b", "show calls"},
      {"^U", "nonsense\x15show calls", "show calls"},
      {"^W",
       "show nonsense\x17"
       "calls",
       "show calls"},
      {"^U and ^Y", "show calls\x15\x19", "show calls"},
      {"the last line", kUp, "show calls"},
      {"^P", "\x10", "show calls"},
      {"^R finds",
       "\x12"
       "cal\x1b",
       "show calls"},
      {"a long line wraps", "show calls" + std::string(100, 'x') + std::string(100, '\x7f'),
       "show calls"},
      {"Tab", "show call\t", "show calls"},
      {"Tab on a name", "show trunk tw\t", "show trunk two words"},
  };
  std::string ran;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sentence);
    lab_.expect(row.keys + "\r", "ran " + std::string(row.ran) + "\ntoy>");
    ran += std::string(row.ran) + "\n";
  }
  EXPECT_EQ(lab_.leave(), ran);
}

TEST_P(SessionOn, HelpsWithoutBreakingTheLine) {
  lab_.expect("show ca?",
              "toy> show ca\n  calls     Calls that are up\n  calendar  Days\ntoy> show ca");
  lab_.expect("lls ?", "  <cr>\n  |     Filter the answer, or another form of it\ntoy> show calls");
  lab_.expect("\r", "ran show calls\ntoy>");
  lab_.expect("cows ?", "toy> cows\n     ^\n% unknown word\ntoy> cows");
  lab_.expect("\x03", "toy> cows ^C\ntoy>");
  // In the middle of a line it is the cursor that counts, and stays.
  lab_.expect("show lls" + std::string(kLeft) + kLeft + kLeft + "ca?",
              "  calls     Calls that are up\n  calendar  Days\ntoy> show calls");
  lab_.expect("\r", "ran show calls\ntoy>");
  EXPECT_EQ(lab_.leave(), "show calls\nshow calls\n");
}

TEST_P(SessionOn, HelpsBelowALineOfSeveralRows) {
  const std::string text(100, 'x');
  const std::string line = "toy> set password " + text.substr(0, 62) + "\n" + text.substr(62);
  lab_.expect("set password " + text + " ?",
              line + "\n  <cr>\n  |     Filter the answer, or another form of it\n" + line);
  // A dumb terminal's cursor goes to no row above.
  if (std::string_view(GetParam()) != "dumb") lab_.expect("\x01?", "  exit       Leave\n" + line);
  lab_.expect("\r", line + "\ntoy>");
  EXPECT_EQ(lab_.leave(), "set password " + text + "\n");
}

TEST_P(SessionOn, TakesAQuestionMarkThatIsQuoted) {
  lab_.expect("set password a\x16?\r", "toy> set password a?\ntoy>");
  lab_.expect("set password \"b?\"\r", "toy> set password \"b?\"\ntoy>");
  lab_.expect("set password c\\?\r", "toy> set password c\\?\ntoy>");
  EXPECT_EQ(lab_.leave(), "set password a?\nset password b?\nset password c?\n");
}

TEST_P(SessionOn, TabListsWhenPressedAgain) {
  lab_.expect("show c\t", "toy> show c");
  EXPECT_TRUE(lab_.pty->wait([&](const std::string&) { return lab_.pty->picture.beeps == 1; }));
  lab_.expect("\t", "  config    The configuration\ntoy> show c");
  lab_.expect("on\t\r", "ran show config\ntoy>");
  EXPECT_EQ(lab_.leave(), "show config\n");
}

TEST_P(SessionOn, StopsAtEachPage) {
  lab_.expect("show long\r", "line 22\nline 23\n--More--");
  lab_.expect(" ", "line 45\nline 46\n--More--");
  lab_.expect("\r", "line 46\nline 47\n--More--");
  lab_.expect(std::string("\x1b[B"), "line 47\nline 48\n--More--");
  lab_.expect("q", "line 48\ntoy>");
  EXPECT_EQ(lab_.pty->picture.text().find("More"), std::string::npos);
  lab_.expect("show long\r", "line 23\n--More--");
  lab_.expect("\x03", "line 23\n^C\ntoy>");
  // Another key begins the next line.
  lab_.expect("show long\r", "line 23\n--More--");
  lab_.expect("show calls\r", "line 23\ntoy> show calls\nran show calls\ntoy>");
  lab_.expect("show long | no-more\r", "line 99\nline 100\ntoy>");
  lab_.expect("show long | count\r", "Count: 100 lines\ntoy>");
  EXPECT_EQ(lab_.leave(), "show long\nshow long\nshow long\nshow calls\nshow long\nshow long\n");
}

TEST_P(SessionOn, LeavesByControlD) {
  lab_.pty->type("\x04");
  EXPECT_EQ(lab_.pty->exit_status(), static_cast<int>(Session::End::Left));
}

TEST_P(SessionOn, LeavesTheModeByControlZ) {
  lab_.expect("configure\r", "toy> configure\ntoy(config)#");
  lab_.expect("set por\x1a", "toy(config)# set por^Z\ntoy>");
  EXPECT_EQ(lab_.leave(), "configure\nend\n");
}

TEST_P(SessionOn, ControlCDiscardsTheLine) {
  lab_.expect("show ca\x03", "toy> show ca^C\ntoy>");
  lab_.expect("show calls\r", "ran show calls\ntoy>");
  EXPECT_EQ(lab_.leave(), "show calls\n");
}

TEST_P(SessionOn, ControlCInterruptsACommand) {
  lab_.expect("wait\r", "toy> wait\nwaiting");
  lab_.expect("\x03", "waiting\n^C\n% interrupted\ntoy>");
  // It voids what was typed ahead, and nothing that is typed after it.
  lab_.expect("wait\r", "toy> wait\nwaiting");
  lab_.pty->type("show calls\r");
  lab_.expect("\x03", "% interrupted\ntoy>");
  lab_.expect("show config\r", "ran show config\ntoy>");
  // Typed so early that it was no signal yet.
  lab_.expect("wait\r\x03show calls\r", "ran show calls\ntoy>");
  EXPECT_EQ(lab_.leave(), "wait\nwait\nshow config\nwait\nshow calls\n");
}

TEST_P(SessionOn, WatchesUntilAKey) {
  lab_.expect("watch\r", "one\ntwo");
  lab_.expect("x", "three");
  lab_.pty->type("q");
  EXPECT_TRUE(lab_.pty->wait_end("three\ntoy>")) << lab_.pty->picture.text();
  EXPECT_EQ(lab_.leave(), "watch\n");
}

TEST_P(SessionOn, Asks) {
  lab_.expect("ask\r", "Well?");
  lab_.expect("yex\x7fs\r", "Well? yes\nanswer <yes>\ntoy>");
  lab_.expect("secret\r", "Well?");
  lab_.expect("hush\r", "Well?\nanswer <hush>\ntoy>");
  lab_.expect("ask\r", "Well?");
  lab_.expect("\x04", "Well?\nno answer\ntoy>");
  EXPECT_EQ(lab_.leave(), "ask\nsecret\nask\n");
}

TEST_P(SessionOn, KeepsAPasteOfTwoThousandLines) {
  std::string paste;
  std::string expected;
  for (int i = 1; i <= 2000; ++i) {
    // Pages of output, and a command that waits, are among them and stop nobody.
    const std::string line = i % 500 == 0   ? "show long"
                             : i % 500 == 1 ? "pause"
                                            : "set password number-" + std::to_string(i);
    paste += line + "\r\n";
    expected += line + "\n";
  }
  lab_.pty->type(paste);
  EXPECT_EQ(lab_.leave(), expected);
}

TEST_P(SessionOn, KeepsWhatIsTypedWhileACommandRuns) {
  lab_.expect("pause\r", "toy> pause");
  lab_.expect("show calls\rshow con", "ran show calls\ntoy> show con");
  lab_.expect("fig\r", "ran show config\ntoy>");
  EXPECT_EQ(lab_.leave(), "pause\nshow calls\nshow config\n");
}

TEST_P(SessionOn, ShowsNoticesAboveTheLine) {
  lab_.pty->type("show ca");
  EXPECT_TRUE(lab_.pty->wait_end("toy> show ca"));
  lab_.notice('1');
  EXPECT_TRUE(lab_.pty->wait_end("notice 1\ntoy> show ca")) << lab_.pty->picture.text();
  lab_.expect("lls\r", "toy> show calls\nran show calls\ntoy>");
  EXPECT_EQ(lab_.leave(), "show calls\n");
}

}  // namespace
}  // namespace junctor::console
