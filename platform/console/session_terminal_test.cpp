// SPDX-License-Identifier: MIT
// What a session does with its terminal, and what it leaves behind.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <termios.h>

#include <fstream>

#include "platform/console/session.hpp"
#include "platform/console/test_session.hpp"

namespace junctor::console {
namespace {

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
  lab.expect("show ?", "toy> show");
  lab.expect("\x03", "toy>");
  lab.expect("watch\r", "one\ntwo");
  lab.expect("q", "toy>");
  EXPECT_EQ(lab.leave(), "show long\nwatch\n");
}

TEST(Session, EndsWhenNobodyTypes) {
  Lab lab({.settings = {.idle = std::chrono::seconds(1)}});
  EXPECT_EQ(lab.pty->exit_status(), static_cast<int>(Session::End::Idle));
  EXPECT_NE(lab.pty->raw.find("% logged out after 1 s without a key"), std::string::npos);
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

// A terminal that is not the process's controlling one sends it no signals.
TEST(Session, IsInterruptedWithoutSignalsToo) {
  Pty pty(24, 80, false, [] {
    signal(SIGHUP, SIG_IGN);
    ioctl(0, TIOCNOTTY);
    Toy toy;
    const Settings settings;
    return static_cast<int>(Session(toy, settings, {.term = "vt100", .history_file = {}}).run());
  });
  EXPECT_TRUE(pty.wait_end("toy>"));
  pty.type("wait\r");
  EXPECT_TRUE(pty.wait_end("waiting"));
  pty.type("show calls\r\x03");
  EXPECT_TRUE(pty.wait_end("waiting\n^C\n% interrupted\ntoy>")) << pty.picture.text();
  pty.type("show long\r");
  EXPECT_TRUE(pty.wait_end("--More--"));
  pty.type("\x03");
  EXPECT_TRUE(pty.wait_end("line 23\n^C\ntoy>")) << pty.picture.text();
}

TEST(Session, KeepsAHistoryWithoutSecrets) {
  std::string path = testing::TempDir() + "console-history-XXXXXX";
  close(mkstemp(path.data()));
  {
    Lab lab({.history_file = path});
    lab.expect("show calls\r", "ran show calls\ntoy>");
    lab.expect("set password hush\r", "hush\ntoy>");
    // What was not understood can be mended with the arrow, and is forgotten with the session.
    lab.expect("set pasword tell\r", "% unknown word\ntoy>");
    lab.expect(std::string(kUp), "toy> set pasword tell");
    lab.expect("\x03", "toy>");
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
