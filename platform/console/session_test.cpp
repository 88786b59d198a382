// SPDX-License-Identifier: MIT
// The whole console over a pseudo-terminal: what is typed, and what the screen shows then.
#include "platform/console/session.hpp"

#include <gtest/gtest.h>
#include <termios.h>

#include <fstream>

#include "platform/console/test_language.hpp"
#include "platform/console/test_terminal.hpp"

namespace junctor::console {
namespace {

constexpr const char* kLeft = "\x1b[D";
constexpr const char* kUp = "\x1b[A";

// Tells each line that ran through a pipe.
class ToldToy : public Toy {
 public:
  explicit ToldToy(int fd) : fd_(fd) {}
  Outcome run(const Command& command, Sink& out) override {
    Outcome outcome = Toy::run(command, out);
    const std::string told = lines.back() + "\n";
    if (write(fd_, told.data(), told.size()) < 0) return Outcome::leave();
    return outcome;
  }

 private:
  int fd_;
};

struct Setup {
  std::string term = "vt100";
  std::size_t rows = 24;
  std::size_t columns = 80;
  Settings settings{};
  std::string history_file{};
};

// A session on a pseudo-terminal.
class Lab {
 public:
  explicit Lab(const Setup& setup = {}) {
    EXPECT_EQ(pipe(told_), 0);
    EXPECT_EQ(pipe(notices_), 0);
    pty = std::make_unique<Pty>(setup.rows, setup.columns, setup.term == "dumb", [&] {
      ToldToy toy(told_[1]);
      toy.notice_fd = notices_[0];
      SessionOptions options;
      options.term = setup.term;
      options.history_file = setup.history_file;
      Session session(toy, setup.settings, options);
      return static_cast<int>(session.run());
    });
    close(told_[1]);
    EXPECT_TRUE(pty->wait_end("toy>")) << pty->raw;
  }
  ~Lab() {
    close(told_[0]);
    close(notices_[0]);
    close(notices_[1]);
  }

  // Types, and waits for the screen to end so.
  void expect(const std::string& keys, const std::string& end) {
    pty->type(keys);
    EXPECT_TRUE(pty->wait_end(end)) << "typed " << keys << ", screen:\n"
                                    << pty->picture.text() << testing::PrintToString(pty->raw);
  }
  void notice(char c) const { EXPECT_EQ(write(notices_[1], &c, 1), 1); }
  // The lines that ran, once the session has ended.
  std::string told() const {
    std::string out;
    std::array<char, 4096> octets{};
    for (ssize_t got; (got = read(told_[0], octets.data(), octets.size())) > 0;)
      out.append(octets.data(), static_cast<std::size_t>(got));
    return out;
  }
  // Leaves, and returns what ran before.
  std::string leave() {
    pty->type("exit\r");
    EXPECT_EQ(pty->exit_status(), static_cast<int>(Session::End::Left));
    EXPECT_EQ(pty->picture.strange, 0) << pty->raw;
    std::string lines = told();
    EXPECT_TRUE(lines.ends_with("exit\n")) << lines;
    return lines.substr(0, lines.size() - 5);
  }

  std::unique_ptr<Pty> pty;

 private:
  int told_[2] = {-1, -1};
  int notices_[2] = {-1, -1};
};

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

TEST(Session, ShowsNoticesAboveALineOfSeveralRows) {
  Lab lab;
  const std::string text(170, 'x');
  lab.expect("set password " + text + kLeft, text.substr(0, 28));
  lab.notice('1');
  EXPECT_TRUE(lab.pty->wait([&](const std::string& screen) {
    return screen == "notice 1\ntoy> set password " + text.substr(0, 62) + "\n" +
                         text.substr(0, 80) + "\n" + text.substr(0, 28) + "\n";
  })) << lab.pty->picture.text();
  lab.expect("\r", "toy>");
  EXPECT_EQ(lab.leave(), "set password " + text + "\n");
}

TEST(Session, FollowsTheSizeOfTheTerminal) {
  Lab lab;
  lab.pty->picture = Picture(10, 80, false);
  lab.pty->resize(10, 80);
  EXPECT_TRUE(lab.pty->wait_end("toy>"));
  lab.expect("show long\r", "line 8\nline 9\n--More--");
  lab.expect("q", "line 9\ntoy>");
  EXPECT_EQ(lab.leave(), "show long\n");
}

TEST(Session, TakesATerminalWithoutASizeFor80By24) {
  Lab lab({.rows = 24, .columns = 80});
  lab.pty->resize(0, 0);
  lab.expect("show long\r", "line 22\nline 23\n--More--");
  lab.expect("q", "toy>");
  lab.expect("set password " + std::string(70, 'x') + "\r", "toy>");
  EXPECT_EQ(lab.leave(), "show long\nset password " + std::string(70, 'x') + "\n");
}

TEST(Session, DoesNotStopWhenTheLengthIsZero) {
  Lab lab({.settings = {.length = 0}});
  lab.expect("show long\r", "line 99\nline 100\ntoy>");
  EXPECT_EQ(lab.leave(), "show long\n");
}

TEST(Session, EndsWhenNobodyTypes) {
  Lab lab({.settings = {.idle = std::chrono::seconds(1)}});
  EXPECT_EQ(lab.pty->exit_status(), static_cast<int>(Session::End::Idle));
  EXPECT_NE(lab.pty->raw.find("% nobody typed for 1 s"), std::string::npos);
}

TEST(Session, LeavesTheTerminalAsItWas) {
  Pty pty(24, 80, false, [] {
    termios before{};
    termios after{};
    tcgetattr(0, &before);
    {
      Toy toy;
      const Settings settings;
      Session session(toy, settings, {.term = "vt100", .history_file = {}});
      session.run();
    }
    tcgetattr(0, &after);
    const bool is_same = before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag &&
                         before.c_oflag == after.c_oflag;
    return is_same ? 0 : 1;
  });
  EXPECT_TRUE(pty.wait_end("toy>"));
  pty.type("exit\r");
  EXPECT_EQ(pty.exit_status(), 0);
}

TEST(Session, ShowsNoticesOfACommandAfterIt) {
  class Noticing : public Toy {
   public:
    Outcome run(const Command& command, Sink& out) override {
      session->notify("noticed\nin two lines\x1b[2J");
      return Toy::run(command, out);
    }
    Session* session = nullptr;
  };
  Pty pty(24, 80, false, [] {
    Noticing toy;
    const Settings settings;
    Session session(toy, settings, {.term = "vt100", .history_file = {}});
    toy.session = &session;
    return static_cast<int>(session.run());
  });
  EXPECT_TRUE(pty.wait_end("toy>"));
  pty.type("show calls\r");
  EXPECT_TRUE(pty.wait_end("ran show calls\nnoticed\nin two lines\\x1b[2J\ntoy>"))
      << pty.picture.text();
}

TEST(Session, KeepsAHistoryWithoutSecrets) {
  std::string path = testing::TempDir() + "console-history-XXXXXX";
  close(mkstemp(path.data()));
  {
    Lab lab({.history_file = path});
    lab.expect("show calls\r", "ran show calls\ntoy>");
    lab.expect("set password hush\r", "hush\ntoy>");
    lab.leave();
  }
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  std::ifstream file(path);
  const std::string kept{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(kept, "show calls\nexit\n");
  Lab lab({.history_file = path});
  lab.expect(std::string(kUp) + kUp + "\r", "ran show calls\ntoy>");
  lab.leave();
  unlink(path.c_str());
}

}  // namespace
}  // namespace junctor::console
