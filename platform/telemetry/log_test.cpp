// SPDX-License-Identifier: MIT
#include "platform/telemetry/log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "platform/telemetry/log_writer.hpp"

namespace junctor {
namespace {

struct Log {
  explicit Log(LogWriter::Style style = LogWriter::Style::Journal)
      : writer(clock, style, [this](std::string_view line) { lines.emplace_back(line); }) {}
  FakeClock clock;
  std::vector<std::string> lines;
  LogWriter writer;
};

TEST(LogWriter, FormsALine) {
  const struct {
    const char* sentence;
    LogLevel level;
    std::string_view message;
    std::string_view value;
    const char* line;
  } rows[] = {
      {"a plain value", LogLevel::Warning, "lost", "192.0.2.1:5060",
       "<4>trunk: lost peer=192.0.2.1:5060\n"},
      {"spaces are quoted", LogLevel::Info, "lost", "a b", "<6>trunk: lost peer=\"a b\"\n"},
      {"quotes are escaped", LogLevel::Error, "lost", "a\"b", "<3>trunk: lost peer=\"a\\\"b\"\n"},
      {"a value cannot forge a field", LogLevel::Info, "lost", "a=b",
       "<6>trunk: lost peer=\"a=b\"\n"},
      {"nor a line", LogLevel::Info, "lost", "a\n<3>x", "<6>trunk: lost peer=\"a\\n<3>x\"\n"},
      {"nor a message", LogLevel::Info, "lo\nst", "a", "<6>trunk: lo\\nst peer=a\n"},
      {"nothing is visible", LogLevel::Info, "lost", "", "<6>trunk: lost peer=\"\"\n"},
  };
  for (const auto& row : rows) {
    Log log;
    log.writer.write(row.level, "trunk", row.message, {{"peer", row.value}});
    ASSERT_EQ(log.lines.size(), 1U) << row.sentence;
    EXPECT_EQ(log.lines[0], row.line) << row.sentence;
  }
}

TEST(LogWriter, WritesTimeAndLevelWithoutAJournal) {
  Log log(LogWriter::Style::Plain);
  log.clock.advance(Milliseconds{42});
  log.writer.write(LogLevel::Warning, "trunk", "lost", {{"calls", 3}});
  EXPECT_EQ(log.lines.at(0), "2023-11-14T22:13:20.042Z warning trunk: lost calls=3\n");
}

TEST(LogWriter, LeavesOutWhatIsBelowTheLevel) {
  Log log;
  log.writer.write(LogLevel::Debug, "a", "one", {});
  log.writer.set_level(LogLevel::Error);
  log.writer.write(LogLevel::Warning, "a", "two", {});
  log.writer.write(LogLevel::Error, "a", "three", {});
  EXPECT_EQ(log.lines, std::vector<std::string>{"<3>a: three\n"});
}

TEST(LogWriter, CutsAPlaceAndSaysHowMuch) {
  Log log;
  for (int i = 0; i < 25; ++i) log.writer.write(LogLevel::Info, "sip", "bad message", {});
  EXPECT_EQ(log.lines.size(), 10U);
  log.writer.write(LogLevel::Info, "sip", "another message", {});
  EXPECT_EQ(log.lines.size(), 11U) << "another place speaks freely";
  log.clock.advance(Seconds{1});
  log.writer.write(LogLevel::Info, "sip", "bad message", {});
  EXPECT_EQ(log.lines.back(), "<6>sip: bad message left_out=15\n");
  log.writer.write(LogLevel::Info, "sip", "bad message", {});
  EXPECT_EQ(log.lines.back(), "<6>sip: bad message\n") << "it is said once";
}

TEST(LogWriter, IsNotFilledByEndlesslyManyPlaces) {
  Log log;
  const std::size_t kMany = LogWriter::kMaxPlaces + 100;
  for (std::size_t i = 0; i < kMany; ++i) {
    log.writer.write(LogLevel::Info, "sip", "message " + std::to_string(i), {});
  }
  EXPECT_EQ(log.lines.size(), LogWriter::kMaxPlaces + LogWriter::kLinesPerSecond)
      << "those beyond share one place";
  log.clock.advance(Seconds{2});
  log.lines.clear();
  for (int i = 0; i < 20; ++i) log.writer.write(LogLevel::Info, "sip", "x" + std::to_string(i), {});
  EXPECT_EQ(log.lines.size(), 20U) << "quiet places are forgotten";
}

TEST(LogWriter, LinesOfThreadsDoNotMix) {
  const SystemClock clock;
  std::vector<std::string> lines;  // guarded by the writer
  LogWriter writer(clock, LogWriter::Style::Journal,
                   [&](std::string_view line) { lines.emplace_back(line); });
  std::vector<std::thread> threads;
  for (const char* name : {"a", "b", "c", "d"}) {
    threads.emplace_back([&writer, name] {
      for (int i = 0; i < 10; ++i) writer.write(LogLevel::Info, name, "line", {{"i", i}});
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines.size(), 40U);
}

TEST(Log, OfTheProcessKeepsItsLevel) {
  set_log_level(LogLevel::Error);
  EXPECT_FALSE(is_logged(LogLevel::Warning));
  EXPECT_TRUE(is_logged(LogLevel::Error));
  testing::internal::CaptureStderr();
  log_warning("test", "hidden");
  log_error("test", "shown", {{"why", "a b"}});
  set_log_level(LogLevel::Info);
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(out.find("hidden"), std::string::npos);
  EXPECT_NE(out.find("test: shown why=\"a b\"\n"), std::string::npos);
}

// In a process of its own each time: how lines look is decided with the first of them.
[[noreturn]] void log_with_journal_stream(bool is_of_stderr) {
  struct stat status {};
  fstat(STDERR_FILENO, &status);
  const auto inode = status.st_ino + (is_of_stderr ? 0 : 1);
  const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(inode);
  setenv("JOURNAL_STREAM", stream.c_str(), 1);
  log_warning("test", "said");
  std::_Exit(0);
}

TEST(LogDeathTest, WritesThePrefixOnlyToAJournal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(log_with_journal_stream(true), testing::ExitedWithCode(0), "^<4>test: said\n$");
  EXPECT_EXIT(log_with_journal_stream(false), testing::ExitedWithCode(0),
              "Z warning test: said\n$");
}

}  // namespace
}  // namespace junctor
