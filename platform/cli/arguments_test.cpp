// SPDX-License-Identifier: MIT
#include "platform/cli/arguments.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace junctor::cli {
namespace {

using Kind = Arguments::Kind;

Result<Arguments> read(const std::vector<std::string_view>& arguments) {
  return read_arguments(arguments);
}

TEST(Arguments, AreALineOfTheConsole) {
  const struct {
    std::vector<std::string_view> arguments;
    const char* line;
  } rows[] = {
      {{"show", "calls"}, "show calls"},
      {{"show", "calls", "--json"}, "show calls | json"},
      {{"--json", "show", "version"}, "show version | json"},
      {{"show", "calls", "--json", "|", "count"}, "show calls | json | count"},
      {{"show", "calls", "|", "include", "--json"}, "show calls | include --json"},
      {{"show", "trace", "--last", "3", "--full"}, "show trace last 3 full"},
      {{"sh", "rec", "--last=50"}, "sh rec last 50"},
      {{"show", "counters", "--nonzero"}, "show counters nonzero"},
      {{"show", "log", "contains", "two words"}, "show log contains \"two words\""},
      {{"show", "calls", "--colour"}, "show calls --colour"},
      {{"-c", "show calls | count"}, "show calls | count"},
  };
  for (const auto& row : rows) {
    const auto got = read(row.arguments);
    ASSERT_TRUE(got.ok()) << row.line;
    EXPECT_EQ(got->kind, Kind::Line) << row.line;
    EXPECT_EQ(got->line, row.line);
  }
}

TEST(Arguments, SayWhereAndHow) {
  EXPECT_EQ(read({})->kind, Kind::Converse);
  EXPECT_EQ(read({})->run_dir, "/run/junctor");
  EXPECT_EQ(read({"--run-dir", "/tmp/run"})->kind, Kind::Converse);
  EXPECT_EQ(read({"--run-dir", "/tmp/run", "--login"})->kind, Kind::Login);
  EXPECT_EQ(read({"--run-dir=/tmp/run", "show", "calls"})->run_dir, "/tmp/run");
  EXPECT_EQ(read({"show", "calls", "--run-dir", "/x"})->run_dir, "/x");
  EXPECT_EQ(read({"show", "calls"})->export_dir, "/var/lib/junctor/export");
  const auto both = read({"--export-dir", "/tmp/files", "--run-dir=/tmp/run", "show", "files"});
  EXPECT_EQ(both->export_dir, "/tmp/files");
  EXPECT_EQ(both->run_dir, "/tmp/run");
  EXPECT_EQ(both->line, "show files");
  EXPECT_EQ(read({"show", "files", "--export-dir=/x", "--json"})->export_dir, "/x");
  EXPECT_EQ(read({"show", "-h", "nonsense"})->kind, Kind::Help);
  EXPECT_EQ(read({"--help"})->kind, Kind::Help);
}

TEST(Arguments, AreRefusedWithASentence) {
  EXPECT_EQ(read({"--run-dir"}).error().text(), "--run-dir needs a value");
  EXPECT_EQ(read({"show", "--run-dir="}).error().text(), "--run-dir needs a value");
  EXPECT_EQ(read({"--export-dir"}).error().text(), "--export-dir needs a value");
  EXPECT_EQ(read({"--colour"}).error().text(), "there is no option --colour");
}

}  // namespace
}  // namespace junctor::cli
