// SPDX-License-Identifier: MIT
#include "platform/console/pipes.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "platform/console/expand.hpp"
#include "platform/console/test_language.hpp"

namespace junctor::console {
namespace {

std::string filtered(const std::string& pipes, const std::string& text) {
  const std::string line = "show calls | " + pipes;
  auto planned = plan(split(line), line.size(), Toy());
  if (auto* mistake = std::get_if<Mistake>(&planned)) return "% " + mistake->text;
  std::string out;
  Chain chain(std::move(std::get<Plan>(planned).pipes.filters), [&](std::string_view passed) {
    out += std::string(passed) + "/";
    return true;
  });
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) chain.take(one);
  chain.finish();
  return out;
}

TEST(Pipes, Filter) {
  const char* const trunks = "a\n one\n two\nb\n one\nc\n";
  const char* const json = "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": 2\n}\n";
  const struct {
    const char* sentence;
    const char* pipes;
    const char* text;
    const char* expected;
  } rows[] = {
      {"lines that match", "include o", trunks, " one/ two/ one/"},
      {"a pattern, not a word", "include ^[ab]$", trunks, "a/b/"},
      {"lines that do not", "exclude o", trunks, "a/b/c/"},
      {"alternatives in quotes", "include \"^a|^c\"", trunks, "a/c/"},
      {"an escaped pipe", "include ^a\\|^c", trunks, "a/c/"},
      {"a class with its backslash", "include \\x61", trunks, "a/"},
      {"a pattern of words", "include two words", "two words\ntwo\n", "two words/"},
      {"from the first that matches", "begin two", trunks, " two/b/ one/c/"},
      {"what stands below", "section ^a", trunks, "a/ one/ two/"},
      {"each one that matches", "section ^[ac]", trunks, "a/ one/ two/c/"},
      {"a line within is a section of its own", "section two", trunks, " two/"},
      {"with its closing bracket", "section a", json, "  \"a\": {/    \"x\": 1/  },/"},
      {"how many", "count", trunks, "Count: 6 lines/"},
      {"one", "include two | count", trunks, "Count: 1 line/"},
      {"none", "count", "", "Count: 0 lines/"},
      {"one after the other", "begin b | include one", trunks, " one/"},
      {"a count can be filtered as well", "count | include Count", "a\n", "Count: 1 line/"},
      {"case can be ignored", "include (?i)ONE", trunks, " one/ one/"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(filtered(row.pipes, row.text), row.expected) << row.sentence;
}

TEST(Pipes, StopWhenNoMoreIsWanted) {
  int seen = 0;
  Chain chain({}, [&](std::string_view) { return ++seen < 2; });
  EXPECT_TRUE(chain.take("a"));
  EXPECT_FALSE(chain.take("b"));
}

}  // namespace
}  // namespace junctor::console
