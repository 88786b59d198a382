// SPDX-License-Identifier: MIT
#include "platform/telemetry/log_tap.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <vector>

#include "platform/telemetry/log_writer.hpp"

namespace junctor {
namespace {

struct Log {
  Log() : writer(clock, LogWriter::Style::Journal, [this](std::string_view) { ++written; }) {
    writer.set_listener([this](const LogLine& line) { heard.push_back(line); });
  }
  void write(LogLevel level, std::string_view category) { writer.write(level, category, "m", {}); }
  FakeClock clock;
  int written = 0;
  std::vector<LogLine> heard;
  LogWriter writer;
};

TEST(LogTap, HearsWhatIsWritten) {
  Log log;
  log.writer.write(LogLevel::Warning, "trunk", "lost", {{"peer", "a b"}});
  log.write(LogLevel::Debug, "trunk");
  ASSERT_EQ(log.heard.size(), 1u);
  EXPECT_EQ(log.heard[0].level, LogLevel::Warning);
  EXPECT_EQ(log.heard[0].category, "trunk");
  EXPECT_EQ(log.heard[0].text, "lost peer=\"a b\"");
  EXPECT_EQ(log.heard[0].wall, log.clock.wall());
  log.writer.set_listener({});
  log.write(LogLevel::Warning, "trunk");
  EXPECT_EQ(log.heard.size(), 1u);
  EXPECT_EQ(log.written, 2);
}

TEST(LogTap, DebugOfAPart) {
  Log log;
  log.writer.set_level(LogLevel::Error);
  log.writer.set_debug({false, {"sip"}});
  EXPECT_TRUE(log.writer.is_logged(LogLevel::Debug)) << "of some part";
  const struct {
    LogLevel level;
    const char* category;
    bool is_written;
  } rows[] = {{LogLevel::Debug, "sip", true},
              {LogLevel::Info, "sip", true},
              {LogLevel::Debug, "media", false},
              {LogLevel::Warning, "media", false},
              {LogLevel::Error, "media", true}};
  for (const auto& row : rows) {
    const int before = log.written;
    log.write(row.level, row.category);
    EXPECT_EQ(log.written > before, row.is_written) << row.category << level_name(row.level);
  }
  log.writer.set_debug({true, {}});
  log.write(LogLevel::Debug, "media");
  EXPECT_EQ(log.heard.back().category, "media");
  log.writer.set_debug({});
  EXPECT_FALSE(log.writer.is_logged(LogLevel::Warning)) << "the level holds again";
}

TEST(LogTap, DebugIsLimitedAsTheRestIs) {
  Log log;
  log.writer.set_debug({true, {}});
  for (int i = 0; i < 100; ++i) log.write(LogLevel::Debug, "sip");
  EXPECT_EQ(log.written, 10);
}

TEST(LogTap, LevelsHaveNames) {
  for (const LogLevel level : {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error})
    EXPECT_EQ(level_of(level_name(level)), level);
  EXPECT_EQ(level_of("fatal"), std::nullopt);
  EXPECT_EQ(syslog_severity(LogLevel::Error), 3);
}

// `debug` offers the parts that log, and no other.
TEST(LogTap, CategoriesAreThoseOfTheSources) {
  namespace fs = std::filesystem;
  const std::regex call("log_(debug|info|warning|error)\\(\\s*\"([a-z0-9_.-]+)\"");
  std::set<std::string> used;
  for (const char* folder : {"controlplane", "dataplane", "platform", "plugins"}) {
    for (const fs::directory_entry& file :
         fs::recursive_directory_iterator(fs::path(SOURCE_TREE) / folder)) {
      const std::string name = file.path().filename();
      if (!name.ends_with(".cpp") || name.find("test") != std::string::npos) continue;
      std::ostringstream text;
      text << std::ifstream(file.path()).rdbuf();
      const std::string all = text.str();
      for (std::sregex_iterator at(all.begin(), all.end(), call), end; at != end; ++at)
        used.insert((*at)[2]);
    }
  }
  std::set<std::string> known;
  for (const LogCategory& category : kLogCategories) {
    known.insert(std::string(category.name));
    EXPECT_FALSE(category.help.empty());
  }
  EXPECT_EQ(used, known);
}

}  // namespace
}  // namespace junctor
