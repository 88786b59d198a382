// SPDX-License-Identifier: MIT
#include "controlplane/app/arguments.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace junctor::cp {
namespace {

Result<Arguments> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "junctor-control");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

TEST(Arguments, AreRead) {
  const auto all = parse({"--config", "gw.json", "--run-dir", "/r", "--state-dir", "/s",
                          "--plugin-dir", "/p", "--factory", "f.json", "--check"});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->config, "gw.json");
  EXPECT_EQ(all->run_dir, "/r");
  EXPECT_EQ(all->state_dir, "/s");
  EXPECT_EQ(all->plugin_dir, "/p");
  EXPECT_EQ(all->factory, "f.json");
  EXPECT_TRUE(all->check);

  const auto least = parse({"--config", "gw.json"});
  ASSERT_TRUE(least.ok());
  EXPECT_EQ(least->run_dir, "/run/junctor");
  EXPECT_EQ(least->state_dir, "/var/lib/junctor");
  EXPECT_TRUE(least->plugin_dir.ends_with("/lib/junctor/plugins")) << least->plugin_dir;
  EXPECT_FALSE(least->check);
  EXPECT_TRUE(parse({"--help"})->help);
}

TEST(Arguments, AreRefusedWithTheReason) {
  struct Row {
    std::vector<const char*> words;
    std::string says;
  };
  const Row rows[] = {
      {{}, "--config: is missing"},
      {{"--config"}, "--config: needs a value"},
      {{"--config", "gw.json", "--verbose"}, "--verbose: is no argument of junctor-control"},
      {{"gw.json"}, "gw.json: is no argument of junctor-control"},
  };
  for (const Row& row : rows) {
    const auto result = parse(row.words);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().text(), row.says);
  }
}

}  // namespace
}  // namespace junctor::cp
