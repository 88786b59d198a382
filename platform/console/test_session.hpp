// SPDX-License-Identifier: MIT
// For tests: a session of the tests' language on a pseudo-terminal.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "platform/console/session.hpp"
#include "platform/console/test_language.hpp"
#include "platform/console/test_terminal.hpp"

namespace junctor::console {

inline constexpr const char* kLeft = "\x1b[D";
inline constexpr const char* kUp = "\x1b[A";

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

}  // namespace junctor::console
