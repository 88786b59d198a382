// SPDX-License-Identifier: MIT
#include "platform/cli/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "platform/config/tree.hpp"
#include "platform/config/write_json.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

config::v1::Config one_route() {
  config::v1::Config config;
  EXPECT_FALSE(config::set(config, {"route", "all", "called", "_."}));
  return config;
}

std::vector<std::string> lines(const config::v1::Config& config) {
  std::vector<std::string> out;
  for (const config::Setting& one : config::settings(config, config::Secrets::Shown))
    out.push_back(config::text_of(one.words));
  return out;
}

TEST(Load, TakesLinesOntoWhatIsThere) {
  struct Row {
    const char* name;
    std::string_view text;
    std::vector<std::string> settings, mistakes;
  };
  const Row rows[] = {
      {"nothing", "", {"route all called _."}, {}},
      {"blank lines and comments", "\n  \n! a comment\n# another\n", {"route all called _."}, {}},
      {"with or without the last line's end",
       "set media dscp 8\nset media port-min 2000",
       {"media port-min 2000", "media dscp 8", "route all called _."},
       {}},
      {"lines of another system",
       "set media dscp 8\r\n",
       {"media dscp 8", "route all called _."},
       {}},
      {"edits of every kind",
       "rename route all to any\ncopy route any to some\ninsert route some first\ndelete route "
       "any\n",
       {"route some called _."},
       {}},
      {"the first mistake ends it",
       "set media dscp 8\nset media dscp 99\nset media dscp 7\n",
       {},
       {"f:2: 99 is outside 0..63"}},
      {"no edit",
       "show calls\n",
       {},
       {"f:1: begins with none of set, delete, rename, copy, insert"}},
      {"no end of a quote", "set system name \"x\n", {}, {"f:1: the quote is not closed"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Loaded loaded = load_text(one_route(), "f", row.text);
    if (row.mistakes.empty()) {
      EXPECT_EQ(lines(loaded.config), row.settings);
    }
    EXPECT_EQ(loaded.mistakes, row.mistakes);
  }
}

TEST(Load, TakesJsonInItsPlace) {
  const Loaded good = load_text(one_route(), "f", "\n// a comment\n{\"media\": {\"dscp\": 8}}");
  EXPECT_THAT(good.mistakes, IsEmpty());
  EXPECT_THAT(lines(good.config), ElementsAre("media dscp 8"));
  const Loaded bad = load_text(one_route(), "f", "{\"media\": {\"dscp\": 99},\n\"sipp\": {}}");
  ASSERT_EQ(bad.mistakes.size(), 2U);
  EXPECT_THAT(bad.mistakes[1], HasSubstr("f:2: sipp: unknown key"));
}

TEST(Load, GivesBackWhatWasSaved) {
  const config::v1::Config config = one_route();
  EXPECT_EQ(lines(load_text({}, "f", config::write_json(config)).config), lines(config));
  std::string saved;
  for (const std::string& line : lines(config)) saved += "set " + line + "\n";
  EXPECT_EQ(lines(load_text({}, "f", saved).config), lines(config));
}

TEST(Load, ReadsFilesOnly) {
  const ipc::TempDir folder;
  const std::string path = folder / "f";
  EXPECT_THAT(read_text(path).error().text(), HasSubstr("No such file"));
  EXPECT_THAT(read_text("/tmp").error().text(), HasSubstr("is no file"));
  EXPECT_THAT(read_text("/dev/zero").error().text(), HasSubstr("is no file"));
  std::ofstream(path) << "text";
  EXPECT_EQ(*read_text(path), "text");
  std::filesystem::resize_file(path, (16U << 20) + 1);
  EXPECT_THAT(read_text(path).error().text(), HasSubstr("larger than 16 MiB"));
}

}  // namespace
}  // namespace junctor::cli
