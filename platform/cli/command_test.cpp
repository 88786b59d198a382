// SPDX-License-Identifier: MIT
#include "platform/cli/command.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace junctor::cli {
namespace {

Result<Command> parse(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word);
  const std::vector<std::string_view> views(words.begin(), words.end());
  return parse_command(views);
}

TEST(Command, AsksForWhatWasTyped) {
  const struct {
    const char* line;
    const char* request;
  } rows[] = {
      {"show calls", "id: 1 show_calls { }"},
      {"show calls 3f2a", "id: 1 show_calls { call_id: \"3f2a\" }"},
      {"sh ca", "id: 1 show_calls { }"},
      {"s m 3f2a", "id: 1 show_media { call_id: \"3f2a\" }"},
      {"show trunks pbx", "id: 1 show_trunks { name: \"pbx\" }"},
      {"show ports", "id: 1 show_ports { }"},
      {"show workers", "id: 1 show_ports { }"},
      {"show counters --nonzero", "id: 1 show_counters { nonzero: true }"},
      {"show trace", "id: 1 show_trace { }"},
      {"show trace 3f2a --full", "id: 1 show_trace { call_id: \"3f2a\" }"},
      {"show trace --last 3", "id: 1 show_trace { last: 3 }"},
      {"show rec --last=50", "id: 1 show_records { last: 50 }"},
      {"--json show version", "id: 1 show_version { }"},
  };
  for (const auto& row : rows) {
    const auto command = parse(row.line);
    ASSERT_TRUE(command.ok()) << row.line << ": " << command.error().text();
    EXPECT_EQ(request_of(*command).ShortDebugString(), row.request) << row.line;
  }
}

TEST(Command, TakesOptionsAnywhere) {
  const auto command = parse("--run-dir /tmp/run show --json trace --full");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->run_dir, "/tmp/run");
  EXPECT_TRUE(command->is_json);
  EXPECT_TRUE(command->is_full);
  EXPECT_EQ(parse("show calls --run-dir=/x")->run_dir, "/x");
  EXPECT_EQ(parse("show calls")->run_dir, "/run/junctor");
  EXPECT_TRUE(parse("--help")->is_help);
  EXPECT_TRUE(parse("show -h nonsense")->is_help);
}

TEST(Command, RefusesWithASentence) {
  const struct {
    const char* line;
    const char* sentence;
  } rows[] = {
      {"", "a command is missing"},
      {"show", "what shall be shown?"},
      {"display calls", "\"display\" is no command; there is: show"},
      {"show c", "\"c\" may be calls or counters"},
      {"show tr", "\"tr\" may be trunks or trace"},
      {"show colours", "nothing is called \"colours\""},
      {"show \x1b[2J", "nothing is called \"\\x1b[2J\""},
      {"show calls 1 2", "\"2\" is too much for show calls"},
      {"show ports east", "\"east\" is too much for show ports"},
      {"show calls --colour", "there is no option \"--colour\""},
      {"show calls --full", "--full is not for show calls"},
      {"show trunks --nonzero", "--nonzero is not for show trunks"},
      {"show calls --last 3", "--last is not for show calls"},
      {"show trace --last", "--last needs a value"},
      {"show trace --last 0", "--last needs a number, 1 or more"},
      {"show trace --last=3x", "--last needs a number, 1 or more"},
      {"show calls --run-dir", "--run-dir needs a value"},
      {"show calls --run-dir=", "--run-dir needs a value"},
  };
  for (const auto& row : rows) {
    const auto command = parse(row.line);
    ASSERT_FALSE(command.ok()) << row.line;
    EXPECT_EQ(command.error().text(), row.sentence) << row.line;
  }
}

TEST(Usage, FitsATerminal) {
  std::istringstream lines(usage());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  for (const char* word : {"calls", "trunks", "media", "ports", "workers", "counters", "trace",
                           "records", "version"}) {
    EXPECT_NE(usage().find(std::string("  ") + word + " "), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace junctor::cli
